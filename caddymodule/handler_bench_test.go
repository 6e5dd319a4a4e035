package caddymodule

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
)

// go test -run '^$' -bench ServeHTTP -benchmem ./caddymodule

// nothing is a response writer that costs nothing.
type nothing struct{ header http.Header }

func (n nothing) Header() http.Header         { return n.header }
func (n nothing) Write(b []byte) (int, error) { return len(b), nil }
func (n nothing) WriteHeader(int)             {}

// passes sends requests through the handler.
type passes struct {
	unit
	next caddyhttp.Handler
	w    http.ResponseWriter
	body []byte // room for it
}

// pass sends one, to an upstream that reads its body and answers.
func (p *passes) pass(r *http.Request) error {
	return p.ServeHTTP(p.w, r, p.next)
}

func (p *passes) answer(w http.ResponseWriter, r *http.Request) error {
	for r.Body != http.NoBody {
		if _, err := r.Body.Read(p.body); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	_, err := w.Write(p.body[:4])
	return err
}

func passesThrough(t testing.TB, config string) *passes {
	p := &passes{unit: provision(t, config), body: make([]byte, 32<<10)}
	p.site.adopt(enforcingForms(p.site.name, true, "/form.php"), zap.NewNop())
	p.next = caddyhttp.HandlerFunc(p.answer)
	p.w = nothing{http.Header{"Server": {"Caddy"}, "X-Site": {"kept"}}}
	return p
}

// browsing is a browser's GET of a trusted script.
func browsing() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/index.php?a=b", nil)
	r.Header = http.Header{
		"Accept":          {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
		"Accept-Language": {"en-GB,en;q=0.5"},
		"Cookie":          {"session=0123456789abcdef"},
		"Referer":         {"http://127.0.0.1/about.php"},
		"User-Agent":      {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
	}
	return prepared(r, visitor)
}

var longForm = []byte("name=Ann+Example&text=" + strings.Repeat("hello+there+", 10<<10/12))

// posting is a browser's form of 10 KiB to a trusted script that takes forms.
func posting() *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/form.php", bytes.NewReader(longForm))
	r.Header = browsing().Header
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return prepared(r, visitor)
}

// benchmark measures passes of requests that are made beforehand, some at a time,
// with all that Caddy puts into their contexts.
func benchmark(b *testing.B, config string, request func() *http.Request) {
	p := passesThrough(b, config)
	var batch [256]*http.Request
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n %= len(batch); n == 0 {
			b.StopTimer()
			for i := range batch {
				batch[i] = request()
			}
			b.StartTimer()
		}
		if err := p.pass(batch[n]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkServeHTTPKnownScript(b *testing.B) { benchmark(b, `{}`, browsing) }
func BenchmarkServeHTTPKnownScriptInModeBlock(b *testing.B) {
	benchmark(b, `{"mode":"block"}`, browsing)
}
func BenchmarkServeHTTPForm(b *testing.B) { benchmark(b, `{}`, posting) }
