package observability

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

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// observed is the example, running: Caddy, Prometheus, and in Alertmanager's place
// what notes the alerts.
type observed struct {
	*prometheus
	caddy      *lab.Caddy
	metrics    int // port
	shop, blog lab.Visitor
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
	o := &observed{metrics: lab.FreePort(t), shop: lab.NewVisitor(t), blog: lab.NewVisitor(t), pager: newPager(t)}
	dir := lab.ShortDir(t)
	t.Setenv("RUNTIME_DIRECTORY", dir)
	t.Setenv("STATE_DIRECTORY", dir+"/storage")
	t.Setenv("DEMO_ROOT", dir)
	t.Setenv("LEARN", "2s 0.95")
	o.caddy = lab.StartCaddyIn(t, dir, adapted(t, "Caddyfile",
		":9180", fmt.Sprintf(":%d", o.metrics), ":8080", fmt.Sprintf(":%d", o.shop.Port), ":8081", fmt.Sprintf(":%d", o.blog.Port),
		":9080", fmt.Sprintf(":%d", lab.FreePort(t)),
		"\tpersist_config off\n", fmt.Sprintf("\tpersist_config off\n\tlog {\n\t\toutput file %s/log.json\n\t}\n", dir)))
	o.caddy.Write("alerts.yml", exampleFile(t, "alerts.yml"))
	o.caddy.Write("prometheus.yml", adapted(t, "prometheus.yml",
		"127.0.0.1:9180", fmt.Sprintf("127.0.0.1:%d", o.metrics), "127.0.0.1:9093", strings.TrimPrefix(o.pager.URL, "http://"), "15s", "1s"))
	o.prometheus = startPrometheus(t, filepath.Join(dir, "prometheus.yml"))
	o.shop.Teach("")
	o.blog.Teach("")
	o.caddy.Enforcing(2)
	o.caddy.Write("avatar.dropped", "")
	return o
}

// visit has each site visited, by a shell's owner too.
func (o *observed) visit() {
	o.t.Helper()
	for _, v := range []lab.Visitor{o.shop, o.blog} {
		v.Get("/index.php", 1)
		v.Post("/about.php", lab.Stranger)
		a := v.Post("/uploads/avatar.php", lab.Stranger)
		if want := map[bool]int{true: 403, false: 200}[v == o.blog]; a.Status != want {
			o.t.Fatalf("the dropped script: %d %s", a.Status, a.Body)
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
