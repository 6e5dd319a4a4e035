package caddymodule

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// faulty are files that nobody can look at.
type faulty struct{}

func (faulty) Stat(baseline.Key) detector.File { panic("a fault of the guard") }

// provisionFaulty provisions a handler that fails on every script it does not
// know, where the document root is known.
func provisionFaulty(t *testing.T, config string) unit {
	t.Helper()
	u := provision(t, config)
	o := detector.DefaultOptions()
	o.Suspicious, o.Malicious, o.Files = 10, 10, faulty{}
	d, err := detector.New(o)
	if err != nil {
		t.Fatal(err)
	}
	u.detector = d
	return u
}

func rooted(r *http.Request) *http.Request { return rootedAt("/srv", r) }

func (u unit) unjudged(action string) float64 {
	return metric(u.t, u.registry, "requests_total", "site", "default", "verdict", "unjudged", "action", action)
}

func TestFaultAtTheRequest(t *testing.T) {
	for _, mode := range modeNames {
		t.Run("passes in mode "+mode+" by default, untagged, counted as unjudged", func(t *testing.T) {
			u := provisionFaulty(t, `{"mode":"`+mode+`"}`)
			w, err := u.serve(rooted(post("/x.php", stranger)), func(w http.ResponseWriter, r *http.Request) error {
				if r.Header.Get(tagHeader) != "" {
					t.Error("it is tagged")
				}
				return answer(w, r)
			})
			if err != nil || w.Body.String() != "page" {
				t.Errorf("%v %q", err, w.Body)
			}
			if u.unjudged("none") != 1 || u.unjudged("block") != 0 {
				t.Errorf("counted %v passed, %v blocked", u.unjudged("none"), u.unjudged("block"))
			}
		})
		t.Run("is refused in mode "+mode+" by on_fault block, before it runs", func(t *testing.T) {
			u := provisionFaulty(t, `{"mode":"`+mode+`","on_fault":"block","block_status":503}`)
			w, err := u.serve(rooted(post("/x.php", stranger)), func(http.ResponseWriter, *http.Request) error {
				t.Error("it ran")
				return nil
			})
			if he, ok := errors.AsType[caddyhttp.HandlerError](err); !ok || he.StatusCode != 503 || w.Body.Len() > 0 {
				t.Errorf("%v %q", err, w.Body)
			}
			if u.unjudged("none") != 0 || u.unjudged("block") != 1 {
				t.Errorf("counted %v passed, %v blocked", u.unjudged("none"), u.unjudged("block"))
			}
		})
	}
	t.Run("is logged as an error, with where it was", func(t *testing.T) {
		u := provisionFaulty(t, `{}`)
		u.serve(rooted(get("/x.php", stranger)), answer)
		list := u.logs.FilterLevelExact(zapcore.ErrorLevel).All()
		if len(list) != 1 {
			t.Fatalf("%v", u.logs.All())
		}
		fields := list[0].ContextMap()
		if stack, _ := fields["stack"].(string); fields["panic"] != "a fault of the guard" || fields["on_fault"] != "pass" || stack == "" {
			t.Errorf("%v", fields)
		}
	})
	t.Run("is none of the requests after it", func(t *testing.T) {
		u := provisionFaulty(t, `{"on_fault":"block"}`)
		for range 5 {
			u.serve(rooted(get("/x.php", stranger)), answer)
			if w, err := u.serve(get("/index.php", visitor), answer); err != nil || w.Body.String() != "page" {
				t.Fatalf("%v %q", err, w.Body)
			}
		}
		if clean := metric(t, u.registry, "requests_total", "site", "default", "verdict", "clean", "action", "none"); clean != 5 || u.unjudged("block") != 5 {
			t.Errorf("%v clean, %v unjudged", clean, u.unjudged("block"))
		}
	})
}

// faultLater answers after the root has become known, as under handle_path, so
// that the guard fails at the response. Refused writes abort it, as they do
// reverse_proxy.
func faultLater(w http.ResponseWriter, r *http.Request) error {
	rooted(r)
	w.Header().Set("X-Shell", "1")
	w.Header().Set("X-Site", "owned")
	if _, err := io.WriteString(w, "page"); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (u unit) serveBehind(r *http.Request, next caddyhttp.HandlerFunc) (w *httptest.ResponseRecorder, err error) {
	w = httptest.NewRecorder()
	w.Header().Set("X-Site", "kept")
	err = u.ServeHTTP(w, r, next)
	return w, err
}

func TestFaultAtTheResponse(t *testing.T) {
	t.Run("passes by default", func(t *testing.T) {
		for mode, action := range map[string]string{"log": "none", "tag": "tag", "block": "none"} {
			u := provisionFaulty(t, `{"mode":"`+mode+`"}`)
			w, err := u.serveBehind(get("/x.php", visitor), faultLater)
			if err != nil || w.Body.String() != "page" || u.unjudged(action) != 1 {
				t.Errorf("%s: %v %q, %v unjudged", mode, err, w.Body, u.unjudged(action))
			}
		}
	})
	for _, mode := range modeNames {
		// Only mode block made ready to refuse a response: elsewhere the abort
		// of the refused handler went on as a panic, and the site's own headers
		// were lost.
		t.Run("is refused in mode "+mode+" by on_fault block, as cleanly as any other", func(t *testing.T) {
			u := provisionFaulty(t, `{"mode":"`+mode+`","on_fault":"block"}`)
			var w *httptest.ResponseRecorder
			var err error
			if p := recovered(func() { w, err = u.serveBehind(get("/x.php", visitor), faultLater) }); p != nil {
				t.Fatalf("panic: %v", p)
			}
			if he, ok := errors.AsType[caddyhttp.HandlerError](err); !ok || he.StatusCode != 403 || w.Body.Len() > 0 {
				t.Errorf("%v %q", err, w.Body)
			}
			if h := w.Header(); h.Get("X-Shell") != "" || h.Get("X-Site") != "kept" {
				t.Errorf("%v", h)
			}
			if u.unjudged("block") != 1 {
				t.Errorf("%v unjudged", u.unjudged("block"))
			}
		})
	}
}

// The outcome of a request is settled before it is reported: a fault while
// reporting returned an error after the answer had been sent, which Caddy then
// rendered into the same answer.
func TestFaultWhileReportingDoesNotRefuseWhatWasSent(t *testing.T) {
	for _, fault := range []string{"pass", "block"} {
		u := provision(t, `{"on_fault":"`+fault+`"}`)
		u.logger = u.logger.WithOptions(zap.Hooks(func(e zapcore.Entry) error {
			if e.Message == "alert" {
				panic("a fault of the guard")
			}
			return nil
		}))
		w, err := u.serve(post("/x.php", stranger), func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("X-Page", "1")
			return answer(w, r)
		})
		if err != nil || w.Body.String() != "page" || w.Header().Get("X-Page") != "1" {
			t.Errorf("on_fault %s: error %v after %q was sent, headers %v", fault, err, w.Body, w.Header())
		}
	}
}

// The refusal was called one of a clean request to no script, and handle_errors
// showed the names of the placeholders.
func TestRefusalForAFaultSaysWhatItIs(t *testing.T) {
	u := provisionFaulty(t, `{"on_fault":"block"}`)
	r := rooted(post("/x.php", stranger))
	_, err := u.serve(r, answer)
	if err == nil || strings.Contains(err.Error(), "clean") {
		t.Errorf("error %v", err)
	}
	repl := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	for _, name := range []string{"verdict", "score", "script", "signals"} {
		if got, ok := repl.GetString("http.webshell_guard." + name); !ok || got == "clean" {
			t.Errorf("placeholder %s is %q, set %v", name, got, ok)
		}
	}
}
