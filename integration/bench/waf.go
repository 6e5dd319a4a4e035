package main

import (
	"fmt"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"
	corazahttp "github.com/corazawaf/coraza/v3/http"
)

func init() {
	caddy.RegisterModule(new(wafHandler))
	httpcaddyfile.RegisterHandlerDirective("crs", func(httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		return new(wafHandler), nil
	})
	httpcaddyfile.RegisterDirectiveOrder("crs", httpcaddyfile.After, "encode")
}

// wafHandler is Coraza with the OWASP Core Rule Set at paranoia level 1, as its
// authors recommend it, with the rules in force.
type wafHandler struct{ waf coraza.WAF }

// CaddyModule returns the Caddy module information.
func (*wafHandler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.crs", New: func() caddy.Module { return new(wafHandler) }}
}

// Provision compiles the rules.
func (h *wafHandler) Provision(caddy.Context) (err error) {
	h.waf, err = coraza.NewWAF(coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(`
Include @coraza.conf-recommended
Include @crs-setup.conf.example
Include @owasp_crs/*.conf
SecRuleEngine On
SecAuditEngine Off
`))
	if err != nil {
		return fmt.Errorf("compiling the rules: %w", err)
	}
	return nil
}

// ServeHTTP implements caddyhttp.MiddlewareHandler.
func (h *wafHandler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) (err error) {
	corazahttp.WrapHandler(h.waf, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err = next.ServeHTTP(w, r)
	})).ServeHTTP(w, r)
	return err
}
