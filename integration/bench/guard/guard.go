// Package guard has a handler that enforces, without a server, for harnesses that
// measure it.
package guard

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	_ "github.com/caddyserver/caddy/v2/modules/filestorage"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule"
)

// Guard is a handler that enforces in mode log. It is safe for concurrent use.
type Guard struct {
	handler *caddymodule.Handler
	stop    func()

	// Scripts are those that it knows.
	Scripts []string
}

// Stop gives up what the guard holds.
func (g *Guard) Stop() { g.stop() }

// learnFor is how long the site learns.
const learnFor = 2 * time.Second

// New loads a handler as Caddy does, and teaches it its scripts.
func New() (g *Guard, err error) {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(map[string]any{
		"admin":   map[string]any{"disabled": true},
		"logging": map[string]any{"logs": map[string]any{"default": map[string]any{"writer": map[string]any{"output": "discard"}}}},
		"storage": map[string]any{"module": "file_system", "root": dir},
	})
	if err != nil {
		return nil, err
	}
	var c caddy.Config
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, err
	}
	parent, err := caddy.ProvisionContext(&c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := caddy.NewContext(parent)
	v, err := ctx.LoadModuleByID("http.handlers.webshell_guard", fmt.Appendf(nil, `{"learn": {"min": %d, "coverage": 0}}`, learnFor))
	if err != nil {
		cancel()
		return nil, err
	}
	g = &Guard{handler: v.(*caddymodule.Handler), stop: func() { cancel(); _ = os.RemoveAll(dir) }}
	for n := range 100 {
		g.Scripts = append(g.Scripts, fmt.Sprintf("/shop/page-%d.php", n))
	}
	for began := time.Now(); time.Since(began) < learnFor; {
		for _, script := range g.Scripts {
			if err := g.Pass(Browsing(script)); err != nil {
				return nil, err
			}
		}
	}
	known, err := g.verdict(Browsing(g.Scripts[0]))
	if err != nil {
		return nil, err
	}
	if known != "clean" {
		return nil, fmt.Errorf("a known script is %q", known)
	}
	other := Browsing("/uploads/new.php")
	other.RemoteAddr = "198.51.100.9:1234" // of whom something is proven by that
	caddyhttp.SetVar(other.Context(), caddyhttp.ClientIPVarKey, "198.51.100.9")
	unknown, err := g.verdict(other)
	if err != nil {
		return nil, err
	}
	if unknown == "clean" {
		return nil, errors.New("learning has not ended: a new script is clean")
	}
	return g, nil
}

// nothing is a response writer that costs nothing.
type nothing struct{ header http.Header }

func (n nothing) Header() http.Header         { return n.header }
func (n nothing) Write(b []byte) (int, error) { return len(b), nil }
func (n nothing) WriteHeader(int)             {}

var page = []byte("page")

var upstream = caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
	_, err := w.Write(page)
	return err
})

// Browsing is a browser's request for a script, with all that Caddy puts into its
// context.
func Browsing(script string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://example.com"+script+"?id=1&page=2", nil)
	r.Header = http.Header{
		"Accept":          {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
		"Accept-Language": {"en-GB,en;q=0.5"},
		"Cookie":          {"session=0123456789abcdef; theme=dark"},
		"Referer":         {"http://example.com/shop/"},
		"User-Agent":      {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
	}
	return caddyhttp.PrepareRequest(r, caddy.NewReplacer(), nil, new(caddyhttp.Server))
}

// Writer returns a response writer with the header that Caddy begins with. It costs
// nothing, and is good for one answer.
func Writer() http.ResponseWriter { return nothing{http.Header{"Server": {"Caddy"}}} }

// Pass sends a request through the handler, to an upstream that answers at once.
func (g *Guard) Pass(r *http.Request) error { return g.PassTo(Writer(), r) }

// PassTo is Pass, with a writer made before.
func (g *Guard) PassTo(w http.ResponseWriter, r *http.Request) error {
	return g.handler.ServeHTTP(w, r, upstream)
}

// verdict returns what the guard says of a request for a script.
func (g *Guard) verdict(r *http.Request) (string, error) {
	err := g.Pass(r)
	verdict, _ := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer).GetString("http.webshell_guard.verdict")
	return verdict, err
}
