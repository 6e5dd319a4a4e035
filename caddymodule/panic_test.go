package caddymodule

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

var errNext = errors.New("the next handler's own")

func TestPanicOfTheNextHandler(t *testing.T) {
	newScript, known := "/x.php", "/index.php"
	for _, tt := range []struct {
		name, mode, path string
		writes           bool
		value            any
		swallowed        bool
	}{
		{"before it wrote goes on", "block", newScript, false, errNext, false},
		{"of a known script goes on", "block", known, true, errNext, false},
		{"that aborts a known script's answer goes on", "block", known, true, http.ErrAbortHandler, false},
		{"that aborts before it wrote goes on", "block", newScript, false, http.ErrAbortHandler, false},
		{"that aborts a new script's answer goes on where nothing is refused", "log", newScript, true, http.ErrAbortHandler, false},
		{"with something else about a refused answer goes on", "block", newScript, true, errNext, false},
		{"with a string about a refused answer goes on", "block", newScript, true, "a string", false},
		{"that aborts a refused answer is what the refusal caused", "block", newScript, true, http.ErrAbortHandler, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := provision(t, `{"mode":"`+tt.mode+`","threshold":{"suspicious":10,"malicious":10}}`)
			var err error
			p := recovered(func() {
				_, err = u.serve(get(tt.path, visitor), func(w http.ResponseWriter, _ *http.Request) error {
					if tt.writes {
						io.WriteString(w, "a")
					}
					panic(tt.value)
				})
			})
			if tt.swallowed {
				if he, ok := errors.AsType[caddyhttp.HandlerError](err); p != nil || !ok || he.StatusCode != http.StatusForbidden {
					t.Errorf("panic %v, error %v", p, err)
				}
			} else if p != tt.value {
				t.Errorf("panic %v", p)
			}
		})
	}
	t.Run("leaves the guard usable", func(t *testing.T) {
		u := provision(t, `{"mode":"block"}`)
		for range 10 {
			recovered(func() {
				u.serve(get(known, visitor), func(http.ResponseWriter, *http.Request) error { panic(errNext) })
			})
			w, err := u.serve(get(known, visitor), func(w http.ResponseWriter, _ *http.Request) error {
				_, err := io.WriteString(w, "page")
				return err
			})
			if err != nil || w.Body.String() != "page" {
				t.Fatalf("%v %q", err, w.Body)
			}
		}
	})
}

func TestErrorOfTheNextHandlerIsReturnedUntouched(t *testing.T) {
	for name, want := range map[string]error{
		"a 404":        caddyhttp.Error(http.StatusNotFound, errNext),
		"a 500":        caddyhttp.Error(http.StatusInternalServerError, errNext),
		"a redirect":   caddyhttp.HandlerError{StatusCode: http.StatusFound},
		"of no status": errNext,
		"nothing":      nil,
	} {
		for _, mode := range modeNames {
			for _, path := range []string{"/index.php", "/x.php", "/picture.png", "/"} {
				t.Run(name+" in mode "+mode+" for "+path, func(t *testing.T) {
					u := provision(t, `{"mode":"`+mode+`"}`)
					w, err := u.serve(get(path, visitor), func(w http.ResponseWriter, _ *http.Request) error {
						w.Header().Set("X-Next", "1")
						return want
					})
					if err != want { //nolint:errorlint // the very same error
						t.Errorf("%v", err)
					}
					if w.Header().Get("X-Next") != "1" {
						t.Error("its headers are gone")
					}
				})
			}
		}
	}
}
