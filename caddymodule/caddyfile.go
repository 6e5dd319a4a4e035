package caddymodule

import (
	"fmt"
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

const directive = "webshell_guard"

func init() {
	httpcaddyfile.RegisterHandlerDirective(directive, parseCaddyfile)
	httpcaddyfile.RegisterDirectiveOrder(directive, httpcaddyfile.After, "encode")
}

func parseCaddyfile(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	return handler, handler.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile reads the directive; the package documentation has its
// syntax.
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		h.Mode = d.Val()
		if err := checkMode(h.Mode); err != nil {
			return d.WrapErr(err)
		}
	}
	if d.NextArg() {
		return d.ArgErr()
	}
	seen := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		option := d.Val()
		if seen[option] {
			return d.Errf("duplicate option %q", option)
		}
		seen[option] = true
		if err := h.unmarshalOption(option, d); err != nil {
			return err
		}
		// Of an empty block only the closing brace shows.
		if d.NextBlock(nesting+1) || d.Val() == "}" {
			return d.Errf("option %q takes no block", option)
		}
	}
	return nil
}

func (h *Handler) unmarshalOption(option string, d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	within := func(low, high int) bool { return low <= len(args) && len(args) <= high }
	switch option {
	case "site":
		if !within(1, 1) || args[0] == "" {
			return d.ArgErr()
		}
		if err := checkSite(args[0]); err != nil {
			return d.WrapErr(err)
		}
		h.Site = args[0]
	case "scripts":
		if len(args) == 0 {
			return d.ArgErr()
		}
		if _, err := scriptpath.NewNamer(args); err != nil {
			return d.WrapErr(fmt.Errorf("scripts: %w", err))
		}
		h.Scripts = args
	case "learn":
		if !within(1, 2) {
			return d.ArgErr()
		}
		return h.unmarshalLearn(args, d)
	case "root":
		if !within(1, 1) || args[0] == "" {
			return d.ArgErr()
		}
		if _, err := parseRoot(args[0]); err != nil {
			return d.WrapErr(err)
		}
		h.Root = args[0]
	case "threshold":
		if !within(2, 2) {
			return d.ArgErr()
		}
		return h.unmarshalThreshold(args, d)
	case "max_scripts":
		if !within(1, 1) {
			return d.ArgErr()
		}
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 1 {
			return d.Errf("max_scripts %q: want a number of at least 1", args[0])
		}
		h.MaxScripts = n
	case "inspect_body":
		if !within(1, 1) || args[0] == "" {
			return d.ArgErr()
		}
		if _, err := parseBodySize(args[0]); err != nil {
			return d.WrapErr(err)
		}
		h.InspectBody = args[0]
	case "block_status":
		if !within(1, 1) {
			return d.ArgErr()
		}
		n, err := strconv.Atoi(args[0])
		if err != nil || checkBlockStatus(n) != nil {
			return d.Errf("block_status %q: want 400 to 599", args[0])
		}
		h.BlockStatus = n
	case "on_fault":
		if !within(1, 1) {
			return d.ArgErr()
		}
		if err := checkOnFault(args[0]); err != nil {
			return d.WrapErr(err)
		}
		h.OnFault = args[0]
	default:
		return d.Errf("unknown option %q", option)
	}
	return nil
}

func (h *Handler) unmarshalLearn(args []string, d *caddyfile.Dispenser) error {
	minimum, err := caddy.ParseDuration(args[0])
	if err != nil || minimum <= 0 {
		return d.Errf("learn %q: want a duration such as 72h or 3d", args[0])
	}
	h.Learn = &Learn{Min: caddy.Duration(minimum)}
	if len(args) == 2 {
		coverage, err := strconv.ParseFloat(args[1], 64)
		if err != nil || !(coverage >= 0 && coverage < 1) {
			return d.Errf("learn coverage %q: want at least 0 and less than 1", args[1])
		}
		h.Learn.Coverage = &coverage
	}
	return nil
}

func (h *Handler) unmarshalThreshold(args []string, d *caddyfile.Dispenser) error {
	var bits [2]float64
	for i, arg := range args {
		v, err := strconv.ParseFloat(arg, 64)
		if err != nil || !(v > 0 && v < 1000) {
			return d.Errf("threshold %q: want bits, more than 0 and less than 1000", arg)
		}
		bits[i] = v
	}
	if bits[0] > bits[1] {
		return d.Errf("threshold %s %s: suspicious is more than malicious", args[0], args[1])
	}
	h.Threshold = &Threshold{Suspicious: bits[0], Malicious: bits[1]}
	return nil
}

// Interface guard.
var _ caddyfile.Unmarshaler = (*Handler)(nil)
