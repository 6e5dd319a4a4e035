package operate

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// backdoored is an application of pages that only read. One of them takes payloads, too,
// counts them, and keeps the guard's tag of the latest.
type backdoored struct {
	ran atomic.Int64
	tag atomic.Value
}

func (b *backdoored) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	if r.Method == http.MethodPost && r.URL.Path == "/about.php" {
		b.ran.Add(1)
		b.tag.Store(r.Header.Get("X-Webshell-Guard"))
		io.WriteString(w, "uid=33(www-data)")
		return
	}
	fmt.Fprintf(w, "<!doctype html><title>%s</title><p>what %[1]s has to say", r.URL.Path)
}

// provenSite is such an application behind a guard that enforces.
func provenSite(t *testing.T, mode string) (*lab.Caddy, *backdoored, lab.Visitor) {
	t.Helper()
	app := new(backdoored)
	origin := httptest.NewServer(app)
	t.Cleanup(origin.Close)
	v := lab.NewVisitor(t)
	c := lab.StartCaddy(t, fmt.Sprintf(`http://:%d {
	log
	webshell_guard %s {
		site shop
		learn 1h 0.95
	}
	reverse_proxy %s
}
`, v.Port, mode, strings.TrimPrefix(origin.URL, "http://")))
	for n := range 600 {
		for _, page := range []string{"/index.php", "/about.php"} {
			v.Ask(lab.Request{Method: http.MethodGet, Path: page, Network: 1 + n%40, Referer: true})
		}
	}
	c.Must("enforcing", "enforce", "shop")
	v.Get("/index.php", lab.Stranger) // who looks around first gives away less by the request
	return c, app, v
}

// TestProvenClient has a page that was only read take a command: the answer gives it away,
// and the next command is refused before it runs.
func TestProvenClient(t *testing.T) {
	c, app, v := provenSite(t, "block")
	const sid = "9f86d081884c7d659a2feaa0c55ad015"
	command := func(network int, cookie string) lab.Answer {
		return v.Ask(lab.Request{Method: http.MethodPost, Path: "/about.php", Network: network, Header: http.Header{"Cookie": {"sid=" + cookie}}})
	}
	first := command(lab.Stranger, sid)
	if e := c.Logged(first.Mark); first.Status != http.StatusOK || app.ran.Load() != 1 || e.Guard == nil || e.Guard.Verdict != "malicious" {
		t.Fatalf("the first command: %d %+v", first.Status, e.Guard)
	}
	refused := func(when string, network int, cookie string) {
		t.Helper()
		ran := app.ran.Load()
		a := command(network, cookie)
		e := c.Logged(a.Mark)
		if a.Status != http.StatusForbidden || app.ran.Load() != ran {
			t.Errorf("%s: %d", when, a.Status)
		}
		if !e.Guard.Has(1080) || e.Guard.Stage != "request" || e.Guard.Action != "block" || e.Guard.Verdict != "malicious" {
			t.Errorf("%s: %+v", when, e.Guard)
		}
	}
	other := strings.Repeat("0a1b2c3d", 4)
	refused("the second command", lab.Stranger, other)
	refused("by another network, in the session", lab.Stranger+1, sid)
	if log := c.Read("access.json"); !strings.Contains(log, "this network's request ") || !strings.Contains(log, "this session's request ") {
		t.Error("the log does not say why")
	}
	if alert := lineWith(c.Read("log.json"), `"name":"proven-client"`); !strings.Contains(alert, `"sentence":"POST to /about.php: `) || !strings.Contains(alert, "'s request ") {
		t.Errorf("the alert: %s", alert)
	}
	for what, q := range map[string]lab.Request{
		"a visitor":                 {Method: http.MethodGet, Path: "/about.php", Network: 1, Referer: true},
		"the client's read":         {Method: http.MethodGet, Path: "/about.php", Network: lab.Stranger, Referer: true},
		"its payload to other page": {Method: http.MethodPost, Path: "/index.php", Network: lab.Stranger, Referer: true},
	} {
		if a := v.Ask(q); a.Status != http.StatusOK {
			t.Errorf("%s: %d", what, a.Status)
		}
	}

	out := c.Must("/about.php", "status", "shop")
	for _, want := range []string{fmt.Sprintf("127.0.%d.1", lab.Stranger), "POST was malicious (", "bare-answer", "1 clients"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if strings.Contains(out, sid) {
		t.Error("the status shows the session")
	}
	var status struct {
		Count  int `json:"proven_clients"`
		Proven []struct {
			Endpoint, Client, Why, Until string
			Sessions, Refused            int
		}
	}
	answer, err := c.Admin("GET", "/webshell_guard/sites/shop", "")
	if err != nil || json.Unmarshal([]byte(answer), &status) != nil || status.Count != 1 || len(status.Proven) != 1 {
		t.Fatalf("%s %v", answer, err)
	}
	if p := status.Proven[0]; p.Endpoint != "/about.php" || p.Sessions != 1 || p.Refused != 2 {
		t.Errorf("%+v", p)
	}

	if err := c.Reload(func(f string) string { return strings.Replace(f, "\tlog\n", "\tlog\n\theader X-Reloaded yes\n", 1) }); err != nil {
		t.Fatal(err)
	}
	refused("after a reload", lab.Stranger, other)
	c.Must("", "approve", "shop", "/index.php") // which stores the state
	refused("after another script was approved", lab.Stranger, other)
	c.Kill()
	c.Start()
	refused("after a restart", lab.Stranger, other)
	refused("after a restart, in the session", lab.Stranger+2, sid)

	c.Must("/about.php", "approve", "shop", "--even-flagged", "/about.php")
	if a := command(lab.Stranger, other); a.Status != http.StatusOK {
		t.Errorf("approved: %d", a.Status)
	}
	if out := c.Must("", "status", "shop"); strings.Contains(out, "/about.php") {
		t.Errorf("approved:\n%s", out)
	}
}

// TestProvenClientIsTagged tells the upstream of the second command, and refuses nothing.
func TestProvenClientIsTagged(t *testing.T) {
	c, app, v := provenSite(t, "tag")
	for n := range 3 {
		a := v.Post("/about.php", lab.Stranger)
		e := c.Logged(a.Mark)
		if a.Status != http.StatusOK || e.Guard == nil || e.Guard.Verdict != "malicious" || e.Guard.Has(1080) != (n > 0) {
			t.Fatalf("command %d: %d %+v", n+1, a.Status, e.Guard)
		}
		tag, _ := app.tag.Load().(string)
		if strings.Contains(tag, "verdict=malicious") != (n > 0) || strings.Contains(tag, "proven-client") != (n > 0) {
			t.Errorf("command %d: the upstream is told %q", n+1, tag)
		}
	}
	if app.ran.Load() != 3 {
		t.Errorf("%d commands ran", app.ran.Load())
	}
	if n := strings.Count(c.Read("log.json"), `"msg":"alert"`); n != 1 {
		t.Errorf("one attack is told by %d alerts", n)
	}
}
