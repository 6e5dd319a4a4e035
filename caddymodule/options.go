package caddymodule

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/dustin/go-humanize"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

const (
	defaultSite    = "default"
	defaultRoot    = "{http.vars.root}"
	maxSiteName    = 128
	maxInspectBody = 1 << 20
	off            = "off"
)

// mode is what to do about a request that is not clean.
type mode uint8

const (
	modeLog mode = iota
	modeTag
	modeBlock
)

var modeNames = []string{"log", "tag", "block"}

func (m mode) String() string { return modeNames[m] }

// settle fills in defaults and checks every option. An error names the option
// and its value.
func (h *Handler) settle() (detector.Options, error) {
	o := detector.DefaultOptions()
	if h.Mode == "" {
		h.Mode = modeLog.String()
	}
	i := slices.Index(modeNames, h.Mode)
	if i < 0 {
		return o, fmt.Errorf("mode %q: want log, tag or block", h.Mode)
	}
	h.mode = mode(i)

	if len(url.QueryEscape(h.Site)) > maxSiteName || strings.IndexFunc(h.Site, unicode.IsControl) >= 0 {
		return o, fmt.Errorf("site %q: want at most %d characters, as a URL would have them, and no control characters", h.Site, maxSiteName)
	}
	if h.OnFault == "" {
		h.OnFault = "pass"
	}
	if h.OnFault != "pass" && h.OnFault != "block" {
		return o, fmt.Errorf("on_fault %q: want pass or block", h.OnFault)
	}
	h.blockAll = h.OnFault == "block"

	if h.BlockStatus == 0 {
		h.BlockStatus = http.StatusForbidden
	}
	if h.BlockStatus < 400 || h.BlockStatus > 599 {
		return o, fmt.Errorf("block_status %d: want 400 to 599", h.BlockStatus)
	}
	var err error
	if err = checkBodySize(h.InspectBody); err != nil {
		return o, err
	}
	if h.root, err = parseRoot(h.Root); err != nil {
		return o, err
	}
	return o, h.detectorOptions(&o)
}

func (h *Handler) detectorOptions(o *detector.Options) error {
	if h.Scripts != nil {
		o.Suffixes = h.Scripts
	}
	if len(o.Suffixes) == 0 {
		return fmt.Errorf("scripts: want at least one suffix")
	}
	if h.Learn != nil {
		if h.Learn.Min != 0 {
			o.Limits.LearnMin = time.Duration(h.Learn.Min)
		}
		if h.Learn.Coverage != nil {
			o.Limits.Coverage = *h.Learn.Coverage
		}
	}
	if h.MaxScripts != 0 {
		o.Limits.MaxScripts = h.MaxScripts
	}
	if h.Threshold != nil {
		if h.Threshold.Suspicious != 0 {
			o.Suspicious = h.Threshold.Suspicious
		}
		if h.Threshold.Malicious != 0 {
			o.Malicious = h.Threshold.Malicious
		}
	}
	if !h.root.disabled {
		o.Files = newFiles()
	}
	return nil
}

// checkBodySize checks the inspect_body option.
func checkBodySize(s string) error {
	if s == "" || s == off {
		return nil
	}
	if n, err := humanize.ParseBytes(s); err != nil || n == 0 || n > maxInspectBody {
		return fmt.Errorf("inspect_body %q: want a size of at most 1MiB, or off", s)
	}
	return nil
}

// rootOption is where the document root of a request comes from.
type rootOption struct {
	disabled bool
	fixed    string // the same for every request
	template string // with placeholders; empty for the `root` directive's
}

func parseRoot(s string) (rootOption, error) {
	switch {
	case s == "" || s == defaultRoot:
		return rootOption{}, nil
	case s == off:
		return rootOption{disabled: true}, nil
	case strings.ContainsRune(s, '{'):
		return rootOption{template: s}, nil
	case !filepath.IsAbs(s):
		return rootOption{}, fmt.Errorf("root %q: want an absolute path, a placeholder or off", s)
	}
	return rootOption{fixed: filepath.Clean(s)}, nil
}

// of returns the document root that holds for the request now, or "".
func (o rootOption) of(r *http.Request) string {
	var root string
	switch {
	case o.disabled:
		return ""
	case o.fixed != "":
		return o.fixed
	case o.template != "":
		repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
		if !ok {
			return ""
		}
		root = repl.ReplaceAll(o.template, "")
	default:
		root, _ = caddyhttp.GetVar(r.Context(), "root").(string)
	}
	if root == "" {
		return "" // never "."
	}
	return filepath.Clean(root)
}

// shape is what handlers of one site must agree on: it decides what a script
// is and when learning has ended.
type shape struct {
	suffixes   string
	learnMin   time.Duration
	coverage   float64
	maxScripts int
}

func shapeOf(o detector.Options) shape {
	suffixes := slices.Clone(o.Suffixes)
	for i := range suffixes {
		suffixes[i] = strings.ToLower(suffixes[i])
	}
	slices.Sort(suffixes)
	return shape{
		suffixes: strings.Join(slices.Compact(suffixes), " "),
		learnMin: o.Limits.LearnMin, coverage: o.Limits.Coverage, maxScripts: o.Limits.MaxScripts,
	}
}

func (s shape) limits() baseline.Limits {
	return baseline.Limits{LearnMin: s.learnMin, Coverage: s.coverage, MaxScripts: s.maxScripts}
}

// differs names the first setting in which two shapes differ, or "".
func (s shape) differs(t shape) string {
	switch {
	case s.suffixes != t.suffixes:
		return fmt.Sprintf("scripts %s, and %s", s.suffixes, t.suffixes)
	case s.learnMin != t.learnMin || math.Abs(s.coverage-t.coverage) > 0:
		return fmt.Sprintf("learn %s %v, and %s %v", s.learnMin, s.coverage, t.learnMin, t.coverage)
	case s.maxScripts != t.maxScripts:
		return fmt.Sprintf("max_scripts %d, and %d", s.maxScripts, t.maxScripts)
	}
	return ""
}
