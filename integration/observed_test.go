package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// observed is the example, running: Caddy, Prometheus, and in Alertmanager's place
// what notes the alerts.
type observed struct {
	*prometheus
	caddy      *caddyProcess
	metrics    int // port
	shop, blog visitor
	pager      *pager
}

// pager stands for Alertmanager, and notes which alerts it got, by name and site.
type pager struct {
	*httptest.Server
	mu  sync.Mutex
	got map[string]bool
}

func newPager(t *testing.T) *pager {
	p := &pager{got: map[string]bool{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var alerts []struct{ Labels map[string]string }
		b, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(b, &alerts); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, a := range alerts {
			p.got[a.Labels["alertname"]+" "+a.Labels["site"]] = true
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *pager) alerts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.got))
}

// observe runs the example with ports of its own, and has both sites learned. Prometheus
// scrapes each second instead of each 15.
func observe(t *testing.T) *observed {
	t.Helper()
	o := &observed{metrics: freePort(t), shop: visitor{t, freePort(t)}, blog: visitor{t, freePort(t)}, pager: newPager(t)}
	dir := shortDir(t)
	t.Setenv("RUNTIME_DIRECTORY", dir)
	t.Setenv("STATE_DIRECTORY", dir+"/storage")
	t.Setenv("DEMO_ROOT", dir)
	t.Setenv("LEARN", "2s 0.95")
	o.caddy = &caddyProcess{t: t, dir: dir, caddyfile: adapted(t, "Caddyfile",
		":9180", fmt.Sprintf(":%d", o.metrics), ":8080", fmt.Sprintf(":%d", o.shop.port), ":8081", fmt.Sprintf(":%d", o.blog.port),
		":9080", fmt.Sprintf(":%d", freePort(t)),
		"\tpersist_config off\n", fmt.Sprintf("\tpersist_config off\n\tlog {\n\t\toutput file %s/log.json\n\t}\n", dir))}
	o.caddy.start()
	t.Cleanup(func() {
		o.caddy.stop()
		if t.Failed() {
			t.Logf("caddy's log:\n%s", o.caddy.read("log.json"))
		}
	})
	o.caddy.write("alerts.yml", exampleFile(t, "alerts.yml"))
	o.caddy.write("prometheus.yml", adapted(t, "prometheus.yml",
		"127.0.0.1:9180", fmt.Sprintf("127.0.0.1:%d", o.metrics), "127.0.0.1:9093", strings.TrimPrefix(o.pager.URL, "http://"), "15s", "1s"))
	o.prometheus = startPrometheus(t, filepath.Join(dir, "prometheus.yml"))
	o.shop.teach("")
	o.blog.teach("")
	o.caddy.enforcing(2)
	o.caddy.write("avatar.dropped", "")
	return o
}

// visit has each site visited, by a shell's owner too.
func (o *observed) visit() {
	o.t.Helper()
	for _, v := range []visitor{o.shop, o.blog} {
		v.get("/index.php", 1)
		v.post("/about.php", stranger)
		a := v.post("/uploads/avatar.php", stranger)
		if want := map[bool]int{true: 403, false: 200}[v == o.blog]; a.status != want {
			o.t.Fatalf("the dropped script: %d %s", a.status, a.body)
		}
	}
}

// exported returns the names of all samples, and those of the guard's metrics with
// their types.
func (o *observed) exported() (samples map[string]bool, types map[string]string) {
	o.t.Helper()
	status, text, err := fetch(fmt.Sprintf("http://127.0.0.1:%d/metrics", o.metrics))
	if err != nil || status != http.StatusOK {
		o.t.Fatalf("/metrics: %d %v", status, err)
	}
	samples, types = map[string]bool{}, map[string]string{}
	for line := range strings.Lines(text) {
		words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '{' || r == '\n' })
		if len(words) == 4 && words[1] == "TYPE" && strings.HasPrefix(words[2], metricPrefix) {
			types[words[2]] = words[3]
		}
		if len(words) > 1 && words[0] != "#" {
			samples[words[0]] = true
		}
	}
	return samples, types
}
