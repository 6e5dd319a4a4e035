package caddymodule

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// go test -run '^$' -bench ServeHTTP -benchmem ./caddymodule

// nothing is a response writer that costs nothing.
type nothing struct{ header http.Header }

func (n nothing) Header() http.Header         { return n.header }
func (n nothing) Write(b []byte) (int, error) { return len(b), nil }
func (n nothing) WriteHeader(int)             {}

// knownScript returns one pass of a trusted script's GET through the handler,
// with all that Caddy puts into a request's context.
func knownScript(t testing.TB, config string) func() {
	u := provision(t, config)
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/index.php?a=b", nil)
	r.Header = http.Header{
		"Accept":          {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
		"Accept-Language": {"en-GB,en;q=0.5"},
		"Cookie":          {"session=0123456789abcdef"},
		"Referer":         {"http://127.0.0.1/about.php"},
		"User-Agent":      {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
	}
	r = prepared(r, visitor)
	w := nothing{http.Header{"Server": {"Caddy"}, "X-Site": {"kept"}}}
	page := []byte("page")
	next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		_, err := w.Write(page)
		return err
	})
	return func() {
		if err := u.ServeHTTP(w, r, next); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkServeHTTPKnownScript(b *testing.B) {
	serve := knownScript(b, `{}`)
	b.ReportAllocs()
	for b.Loop() {
		serve()
	}
}

func BenchmarkServeHTTPKnownScriptInModeBlock(b *testing.B) {
	serve := knownScript(b, `{"mode":"block"}`)
	b.ReportAllocs()
	for b.Loop() {
		serve()
	}
}
