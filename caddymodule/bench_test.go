package caddymodule

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// go test -run '^$' -bench . -benchmem ./caddymodule

// discard is a response writer that costs nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// knownRequest returns a handler that enforces in log mode, and a request to a
// script it trusts, in the context that Caddy gives one.
func knownRequest(t testing.TB) (h *Handler, r *http.Request, handler caddyhttp.Handler) {
	h = bareHandler(t, nil)
	h.mode, h.root = modeLog, rootOption{disabled: true}
	memory := h.site.memory.Load()
	handler = next(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte("home"))
	})
	r = httptest.NewRequest(http.MethodGet, "/index.php", nil)
	r.Header = http.Header{
		"User-Agent": {"Mozilla/5.0"}, "Accept": {"text/html"}, "Accept-Language": {"en"}, "Accept-Encoding": {"gzip"},
		"Referer": {"https://example.com/"}, "Connection": {"keep-alive"}, "Cookie": {"session=1"},
	}
	ctx := context.WithValue(r.Context(), caddy.ReplacerCtxKey, caddy.NewReplacer())
	ctx = context.WithValue(ctx, caddyhttp.VarsCtxKey, map[string]any{caddyhttp.ClientIPVarKey: "192.0.2.1"})
	ctx = context.WithValue(ctx, caddyhttp.ExtraLogFieldsCtxKey, new(caddyhttp.ExtraLogFields))
	r = r.WithContext(ctx)
	if err := h.ServeHTTP(discard{http.Header{}}, r, handler); err != nil {
		t.Fatal(err)
	}
	memory.SetTrust(baseline.Key{Path: "/index.php"}, baseline.Trusted, time.Now(), h.detector.Limits())
	return h, r, handler
}

func TestKnownScriptAllocatesLittle(t *testing.T) {
	h, r, handler := knownRequest(t)
	w := discard{http.Header{}}
	n := testing.AllocsPerRun(100, func() { _ = h.ServeHTTP(w, r, handler) })
	if clean := testutil.ToFloat64(h.counters.requests[0][actionNone]); clean < 100 {
		t.Fatalf("only %v requests were clean", clean)
	}
	if n > 4 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkKnownScript(b *testing.B) {
	h, r, handler := knownRequest(b)
	w := discard{http.Header{}}
	b.Run("guarded", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = h.ServeHTTP(w, r, handler)
		}
	})
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = handler.ServeHTTP(w, r)
		}
	})
}
