package caddymodule

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/certmagic"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	logtest "go.uber.org/zap/zaptest/observer"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// unit is a provisioned handler without a server, around a site that enforces.
type unit struct {
	*Handler
	t        testing.TB
	logs     *logtest.ObservedLogs
	registry *prometheus.Registry
}

// provision loads a handler from JSON, as Caddy does.
func provision(t testing.TB, config string) unit {
	t.Helper()
	var c caddy.Config
	if err := caddy.StrictUnmarshalJSON([]byte(fmt.Sprintf(`{
		"admin": {"disabled": true, "config": {"persist": false}},
		"logging": {"logs": {"default": {"writer": {"output": "discard"}}}},
		"storage": {"module": "file_system", "root": %q}
	}`, t.TempDir())), &c); err != nil {
		t.Fatal(err)
	}
	parent, err := caddy.ProvisionContext(&c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := caddy.NewContext(parent)
	t.Cleanup(cancel)
	v, err := ctx.LoadModuleByID("http.handlers.webshell_guard", []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	u := unit{Handler: v.(*Handler), t: t, registry: ctx.GetMetricsRegistry()}
	u.site.adopt(enforcing(u.site.name), zap.NewNop())
	core, logs := logtest.New(zapcore.DebugLevel)
	u.logger, u.logs = zap.New(core), logs
	return u
}

// get is a GET from the network given, as Caddy hands it to handlers.
func get(path string, network int) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil)
	return prepared(r, network)
}

func prepared(r *http.Request, network int) *http.Request {
	r.RemoteAddr = fmt.Sprintf("127.0.%d.1:1024", network)
	return caddyhttp.PrepareRequest(r, caddy.NewReplacer(), nil, new(caddyhttp.Server))
}

// rootedAt is the request where the `root` directive has set a document root.
func rootedAt(root string, r *http.Request) *http.Request {
	caddyhttp.SetVar(r.Context(), "root", root)
	return r
}

// serve runs the handler and returns what the client gets, if Caddy has no
// error to render, and the handler's error.
func (u unit) serve(r *http.Request, next caddyhttp.HandlerFunc) (*httptest.ResponseRecorder, error) {
	w := httptest.NewRecorder()
	err := u.ServeHTTP(w, r, next)
	return w, err
}

// recovered returns what f panics with, or nil.
func recovered(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

// objectsIn is where a site's snapshot lies in the storage folder.
func objectsIn(t testing.TB, storage, site string) objects {
	return objects{ctx: t.Context(), storage: &certmagic.FileStorage{Path: storage}, prefix: storagePrefix(site)}
}

// seed stores the baseline of a site that enforces.
func seed(t testing.TB, storage, site string) {
	t.Helper()
	if err := enforcing(site).Save(objectsIn(t, storage, site), time.Now()); err != nil {
		t.Fatal(err)
	}
}

// enforcing returns the baseline of a site that has learned GETs of /index.php
// and /about.php by forty networks, for the hour that ended a minute ago, and the
// posts of a form to others.
func enforcing(site string, forms ...string) *baseline.Site {
	return enforcingForms(site, false, forms...)
}

// enforcingForms is enforcing; the forms take texts that are longer than what is looked at,
// or do not.
func enforcingForms(site string, long bool, forms ...string) *baseline.Site {
	began := time.Now().Add(-61 * time.Minute)
	limits := baseline.Limits{LearnMin: time.Hour, MaxScripts: 1000}
	s := baseline.NewSite(site, began)
	for n := range 200 {
		network := s.Hash.Network(netip.AddrFrom4([4]byte{127, 0, byte(1 + n%40), 1}))
		for _, path := range []string{"/index.php", "/about.php"} {
			s.Learn(baseline.Key{Path: path}, baseline.Visit{Time: began, Method: baseline.MethodGet, Status: 200, Network: network}, limits)
		}
		for _, path := range forms {
			params := new(baseline.ParamNames)
			if params.Hash(s.Hash, "", []byte("name=Ann&text=hello")); long && n%2 == 0 {
				params.SetIncomplete(s.Hash)
			}
			s.Learn(baseline.Key{Path: path}, baseline.Visit{
				Time: began, Method: baseline.MethodPost, Status: 200, Network: network, Payload: true, Referer: baseline.HasReferer, Media: baseline.MediaForm,
				Features: baseline.RequestFeatures{Params: params, Answered: 4},
			}, limits)
		}
	}
	s.Phases.Advance(time.Now(), limits)
	return s
}

// writeFile writes a file that lasts as long as the test, and returns its name.
func writeFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
