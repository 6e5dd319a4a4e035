package caddymodule

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

func init() {
	caddy.RegisterModule(new(Handler))
}

// Handler watches requests and responses, learns what each script of a site
// normally does, and logs, tags or blocks what is asked of scripts that newly
// appear or behave in a new way.
//
// Every option travels with the request: a reload changes it without touching
// what was learned.
type Handler struct {
	// Mode is what to do about a request that is not clean: `log` notes it,
	// `tag` also tells the upstream in the request header X-Webshell-Guard,
	// `block` refuses malicious ones. While the site is learning every mode
	// does what `log` does. Default: `log`.
	Mode string `json:"mode,omitempty"`

	// Site names the baseline: handlers of the same name share one. A second
	// handler without a name is an error; a site block with several addresses
	// makes one handler for each server. At most 128 characters, of which one
	// that is no letter or digit may count for several; placeholders are refused,
	// because they are not replaced. Default: `default`.
	Site string `json:"site,omitempty"`

	// Scripts are the suffixes of files that the server executes, each a dot
	// and up to 15 letters, digits, '_' or '-'. Default: those of PHP, JSP,
	// ASP, ASP.NET, ColdFusion and CGI.
	Scripts []string `json:"scripts,omitempty"`

	// Learn says when learning ends.
	Learn *Learn `json:"learn,omitempty"`

	// Root is the document root under which scripts' files are looked at, as
	// Caddy sees it. Placeholders are replaced for each request. `off` never
	// looks. Default: `{http.vars.root}`, which the `root` directive sets.
	Root string `json:"root,omitempty"`

	// Threshold holds the scores from which a request is called suspicious and
	// malicious.
	Threshold *Threshold `json:"threshold,omitempty"`

	// MaxScripts bounds how many scripts are remembered. Default: 100000.
	MaxScripts int `json:"max_scripts,omitempty"`

	// InspectBody is how much of a request's body signals may look at: a size
	// such as `8KiB`, 64 bytes to 1 MiB, or `off`. It is captured as the upstream
	// reads it. Only in `block` a payload to a script that is not trusted is waited
	// for before the script runs: for up to 8 KiB of it, and one second. Default:
	// `8KiB`.
	InspectBody string `json:"inspect_body,omitempty"`

	// BlockStatus is the status of a refusal, 400 to 599; `handle_errors`
	// renders it. Default: 403.
	BlockStatus int `json:"block_status,omitempty"`

	// OnFault says what becomes of a request that could not be judged because
	// the guard itself failed: `pass` or `block`. Default: `pass`.
	OnFault string `json:"on_fault,omitempty"`

	mode     mode
	blockAll bool // on_fault block
	inspect  int  // bytes of a request's body
	root     rootOption
	detector *detector.Detector
	site     *siteState
	counters *siteCounters
	// bodyBuffers holds *[]byte, each of inspect bytes.
	bodyBuffers sync.Pool
	app         *App
	logger      *zap.Logger
	warned      atomic.Bool   // of forged addresses
	faults      atomic.Uint64 // of the guard itself
}

// Learn says when a site has learned enough.
type Learn struct {
	// Min is the shortest time to learn. Default: 72h.
	Min caddy.Duration `json:"min,omitempty"`
	// Coverage is the estimated probability that the next visit is to a script
	// already seen, from which learning may end; at least 0 and less than 1.
	// Default: 0.95.
	Coverage *float64 `json:"coverage,omitempty"`
}

// Threshold holds scores in bits: a score of b is evidence of 2ᵇ to 1.
type Threshold struct {
	// Suspicious is the score from which a request is logged and tagged.
	// Default: 10.
	Suspicious float64 `json:"suspicious,omitempty"`
	// Malicious is the score from which `block` refuses a request. At least
	// Suspicious; if equal, every new script is malicious. Default: 16.
	Malicious float64 `json:"malicious,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (*Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.webshell_guard", New: func() caddy.Module { return new(Handler) }}
}

// Provision sets up the handler.
func (h *Handler) Provision(ctx caddy.Context) error {
	h.logger = ctx.Logger()
	options, err := h.applyDefaults()
	if err != nil {
		return err
	}
	if h.detector, err = detector.New(options); err != nil {
		return err
	}
	v, err := ctx.App(appID)
	if err != nil {
		return err
	}
	h.app = v.(*App)
	if h.site, err = h.app.join(h.Site, h.mode, learnSettingsOf(h.detector)); err != nil {
		return err
	}
	if f, ok := options.Files.(*files); ok {
		h.app.noteFiles(h.site.name, f)
	}
	if root := h.root.fixed; root != "" {
		h.app.noteRoot(h.site.name, root)
		if problem := rootProblem(root); problem != "" {
			h.logger.Warn(problem, zap.String("site", h.site.name))
		}
	}
	h.counters = h.app.metrics.site(h.site.name)
	return nil
}

// warnOfForgery tells once, when a request comes through a trusted proxy, if
// clients can choose the address that the guard sees. Provision cannot tell:
// Caddy has taken the setting away by then.
func (h *Handler) warnOfForgery(r *http.Request, vars map[string]any) {
	if h.warned.Load() {
		return
	}
	if trusted, _ := vars[caddyhttp.TrustedProxyVarKey].(bool); !trusted {
		return
	}
	server, ok := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !h.warned.Swap(true) && ok && server.TrustedProxiesStrict == 0 {
		h.logger.Warn("clients can forge their address: trusted_proxies without trusted_proxies_strict takes the left-most forwarded address",
			zap.String("site", h.site.name))
	}
}

// Cleanup gives up the site. It also runs after a Provision that failed.
func (h *Handler) Cleanup() error {
	if h.site == nil {
		return nil
	}
	return h.site.leave()
}

// ServeHTTP judges the request, passes it on unless it is to be refused, and
// judges the response as its headers are written.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) (err error) {
	t := h.begin(r)
	defer t.end()

	if t.judgeRequest(); !t.refused {
		t.watchBody()
		t.prefetchBody()
	}
	if t.refused {
		t.finish()
		return h.refusal(t)
	}
	t.tag()

	o := &observer{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, t: t, mayBlock: t.mayBlock(), holdHints: t.holdHints()}
	if o.mayBlock {
		t.headers.save(w.Header())
	}
	err = o.serve(r, next)
	if t.refused {
		t.headers.restore(w.Header())
		err = h.refusal(t)
	}
	return err
}

// refusal is the error that `handle_errors` renders.
func (h *Handler) refusal(t *transaction) error {
	if t.fault {
		return caddyhttp.Error(h.BlockStatus, errors.New("webshell_guard: the request could not be judged"))
	}
	j := t.evaluation.Judgement()
	if j.Refusal == detector.RefusedMissing {
		return caddyhttp.Error(t.exchange.Status, errors.New("webshell_guard: the site is contained, and the answer says that nothing is there"))
	}
	return caddyhttp.Error(h.BlockStatus, fmt.Errorf("webshell_guard: %s request to %s refused", j.Verdict, escapePath(j.Script.Path)))
}

// Interface guards.
var (
	_ caddy.Module                = (*Handler)(nil)
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddy.CleanerUpper          = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
