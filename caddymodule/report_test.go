package caddymodule

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	zapobserver "go.uber.org/zap/zaptest/observer"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

const reportSite = `
	webshell_guard %s {
		site report
		learn 1s 0.9
	}
	log_append verdict {http.webshell_guard.verdict}
	log_append why {http.webshell_guard.signals}
	reverse_proxy %s
`

func TestAccessLogField(t *testing.T) {
	c := newRunning(t)
	c.learnedSite(fmt.Sprintf(reportSite, "log", upstream(t, shellApplication)))
	t.Run("has what the contract says", func(t *testing.T) {
		c.post("/uploads/plain.php")
		entry := c.lastAccess("/uploads/plain.php")
		field, _ := entry["webshell_guard"].(map[string]any)
		var keys []string
		for key := range field {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		if want := []string{"action", "mode", "phase", "score", "script", "signals", "verdict"}; !slices.Equal(keys, want) {
			t.Fatalf("keys %v, want %v", keys, want)
		}
		if field["verdict"] != "malicious" || field["script"] != "/uploads/plain.php" || field["mode"] != "log" ||
			field["action"] != "none" || field["phase"] != "request" || field["score"].(float64) < 16 {
			t.Errorf("%v", field)
		}
		first := field["signals"].([]any)[0].(map[string]any)
		if first["id"] != 1001.0 || first["name"] != "new-script" || first["bits"].(float64) < 9 || first["why"] == "" {
			t.Errorf("%v", first)
		}
		if entry["verdict"] != "malicious" || !strings.HasPrefix(fmt.Sprint(entry["why"]), "new-script ") {
			t.Errorf("placeholders: %v %v", entry["verdict"], entry["why"])
		}
	})
	t.Run("is absent if clean", func(t *testing.T) {
		for _, path := range []string{"/index.php", "/missing.php", "/blog/x"} {
			c.get(path)
			entry := c.lastAccess(path)
			if entry["webshell_guard"] != nil || entry["verdict"] != "clean" || fmt.Sprint(entry["why"]) != "" {
				t.Errorf("%s: %v %v %v", path, entry["webshell_guard"], entry["verdict"], entry["why"])
			}
		}
	})
	t.Run("a hostile name stays within its quotes", func(t *testing.T) {
		c.get("/uploads/%0a%1b%5b31m%22x.php")
		lines := strings.Split(strings.TrimSpace(c.read("access.json")), "\n")
		if last := lines[len(lines)-1]; strings.ContainsAny(last, "\x1b") || !strings.HasPrefix(last, "{") {
			t.Error(last)
		}
	})
}

func TestAlertsAreToldOnce(t *testing.T) {
	c := newRunning(t)
	c.learnedSite(fmt.Sprintf(reportSite, "log", upstream(t, shellApplication)))
	for range 5 {
		c.post("/uploads/plain.php")
	}
	c.lastAccess("/uploads/plain.php")
	if n := strings.Count(c.read("log.json"), `"msg":"alert"`); n != 1 {
		t.Errorf("%d alerts", n)
	}
	core, logs := zapobserver.New(zap.InfoLevel)
	v, err := poolSite("report")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = v.leave() }()
	v.summarise(time.Now().Add(time.Hour), zap.New(core))
	if all := logs.All(); len(all) != 1 || all[0].ContextMap()["requests"] != uint64(4) {
		t.Errorf("summaries: %v", all)
	}
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := newMetrics()
	a := &App{sites: map[string]*guarded{}}
	if err := m.register(registry, a); err != nil {
		t.Fatal(err)
	}
	counters := m.site("a")
	counters.requests[detector.Malicious][actionBlock].Inc()
	counters.unjudged[actionNone].Inc()
	counters.signals[newScriptID].Inc()
	if err := m.register(registry, a); err == nil {
		t.Error("registering twice with one registry is not noticed")
	}
	want := `
# HELP caddy_webshell_guard_requests_total Requests by verdict (clean, suspicious, malicious, unjudged) and action (none, tag, block).
# TYPE caddy_webshell_guard_requests_total counter
`
	for _, v := range []string{"clean", "malicious", "suspicious", "unjudged"} {
		for _, act := range []string{"block", "none", "tag"} {
			n := 0
			if v+act == "maliciousblock" || v+act == "unjudgednone" {
				n = 1
			}
			want += fmt.Sprintf("caddy_webshell_guard_requests_total{action=%q,site=\"a\",verdict=%q} %d\n", act, v, n)
		}
	}
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "caddy_webshell_guard_requests_total"); err != nil {
		t.Error(err)
	}
	if n := testutil.ToFloat64(m.signals.WithLabelValues("a", "new-script")); n != 1 {
		t.Errorf("signals_total %v", n)
	}
}

const newScriptID = 1001

// TestMetricsOfASite asks the running guard's registry.
func TestMetricsOfASite(t *testing.T) {
	c := newRunning(t)
	site := fmt.Sprintf(reportSite, "log", upstream(t, shellApplication))
	c.learnedSite(site)
	c.post("/uploads/plain.php")
	app, err := caddy.ActiveContext().App(appID)
	if err != nil {
		t.Fatal(err)
	}
	ch := make(chan prometheus.Metric, 100)
	siteCollector{app.(*App)}.Collect(ch)
	close(ch)
	if n := len(ch); n != 6 {
		t.Errorf("%d metrics of a site", n)
	}
	if n := testutil.ToFloat64(app.(*App).metrics.requests.WithLabelValues("report", "malicious", "none")); n != 1 {
		t.Errorf("requests_total %v", n)
	}
	c.mustLoad(site + "\n") // a new registry for each configuration
	c.mustLoad(site + "\n\n")
}

func TestHandlerErrorsAreUntouched(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "index.php"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := newRunning(t)
	c.learnedSite(fmt.Sprintf(`
	root * %s
	webshell_guard block {
		site untouched
		learn 1s 0.9
	}
	handle /index.php {
		respond "home"
	}
	handle {
		file_server
	}
	handle_errors {
		respond "page of {err.status_code}: {err.message}"
	}
`, root))
	if resp, body := c.get("/missing.txt"); resp.StatusCode != http.StatusNotFound || !strings.HasPrefix(body, "page of 404") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if resp, body := c.post("/uploads/missing.php"); resp.StatusCode == http.StatusForbidden || !strings.HasPrefix(body, "page of") {
		t.Errorf("a missing script: %d %s", resp.StatusCode, body)
	}
}

func TestStreamsPass(t *testing.T) {
	next := make(chan struct{})
	c := newRunning(t)
	c.learnedSite(fmt.Sprintf(reportSite, "block", upstream(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("events") {
			w.Header().Set("Content-Type", "text/event-stream")
			for range 3 {
				_, _ = io.WriteString(w, "data: x\n\n")
				_ = http.NewResponseController(w).Flush()
				<-next
			}
		}
	})))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	resp, err := http1().RoundTrip(c.request(http.MethodGet, "/index.php?events", nil).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for range 3 { // an event that were held back would never come
		var event [9]byte
		if _, err := io.ReadFull(resp.Body, event[:]); err != nil || !reflect.DeepEqual(event[:], []byte("data: x\n\n")) {
			t.Fatalf("%q %v", event, err)
		}
		next <- struct{}{}
	}
}
