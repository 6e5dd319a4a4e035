package main

import (
	"errors"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	caddy.RegisterModule(new(panics))
	httpcaddyfile.RegisterHandlerDirective("faulty_panic", func(httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		return new(panics), nil
	})
}

// panics is a handler that panics, after it has written something if the path
// says so.
type panics struct{}

// CaddyModule returns the Caddy module information.
func (*panics) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.faulty_panic", New: func() caddy.Module { return new(panics) }}
}

func (*panics) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if strings.Contains(r.URL.Path, "late") {
		if _, err := w.Write([]byte("half a page")); err != nil {
			return err
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
	}
	panic(errors.New("a fault of the site"))
}
