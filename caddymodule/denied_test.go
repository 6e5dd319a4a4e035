package caddymodule

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

func TestDeniedScript(t *testing.T) {
	for _, mode := range modeNames {
		provisionDenied := func(t *testing.T) unit {
			u := provision(t, `{"mode":"`+mode+`"}`)
			memoryOf(t, "default").Decisions.SetTrust([]baseline.Key{{Path: "/about.php"}}, baseline.Denied, baseline.Author{Via: "test"}, time.Now(), u.detector.Limits())
			return u
		}
		refused := func(t *testing.T, err error) {
			t.Helper()
			if he, ok := errors.AsType[caddyhttp.HandlerError](err); !ok || he.StatusCode != http.StatusForbidden {
				t.Errorf("%v", err)
			}
		}
		t.Run("is refused before it runs in mode "+mode, func(t *testing.T) {
			u := provisionDenied(t)
			_, err := u.serve(get("/about.php", visitor), func(http.ResponseWriter, *http.Request) error {
				t.Error("it ran")
				return nil
			})
			refused(t, err)
			if n := metric(t, u.registry, "signals_total", "site", "default", "signal", "denied"); n != 1 {
				t.Errorf("counted %v", n)
			}
		})
		t.Run("that the site rewrites to is refused at the response in mode "+mode, func(t *testing.T) {
			u := provisionDenied(t)
			w, err := u.serve(get("/pretty/url", visitor), func(w http.ResponseWriter, r *http.Request) error {
				r.URL.Path = "/about.php"
				w.Header().Set("X-Shell", "1")
				if _, err := io.WriteString(w, "page"); err != nil {
					panic(http.ErrAbortHandler)
				}
				return nil
			})
			refused(t, err)
			if w.Body.Len() > 0 || len(w.Header()) > 0 {
				t.Errorf("%q %v", w.Body, w.Header())
			}
		})
		t.Run("leaves the other scripts alone in mode "+mode, func(t *testing.T) {
			if w, err := provisionDenied(t).serve(get("/index.php", visitor), answer); err != nil || w.Body.String() != "page" {
				t.Errorf("%v %q", err, w.Body)
			}
		})
	}
}
