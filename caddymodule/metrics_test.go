package caddymodule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// metric returns the value of a counter or gauge, with the labels given as
// names and values in turn. What is not there is -1.
func metric(t testing.TB, from prometheus.Gatherer, name string, labels ...string) float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "caddy_webshell_guard_"+name {
			continue
		}
		for _, m := range f.GetMetric() {
			has := map[string]string{}
			for _, l := range m.GetLabel() {
				has[l.GetName()] = l.GetValue()
			}
			want := map[string]string{}
			for i := 0; i+1 < len(labels); i += 2 {
				want[labels[i]] = labels[i+1]
			}
			if maps.Equal(has, want) {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return -1
}

func TestMetricsCount(t *testing.T) {
	u := provision(t, `{"site":"shop","mode":"block"}`)
	requests := func(verdict, action string) float64 {
		return metric(t, u.registry, "requests_total", "site", "shop", "verdict", verdict, "action", action)
	}
	signals := func(name string) float64 {
		return metric(t, u.registry, "signals_total", "site", "shop", "signal", name)
	}
	for _, verdict := range []string{"clean", "suspicious", "malicious", "unjudged"} {
		for _, action := range []string{"none", "tag", "block"} {
			if n := requests(verdict, action); n != 0 {
				t.Errorf("%s %s starts with %v", verdict, action, n)
			}
		}
	}
	u.serve(get("/index.php", visitor), answer)
	u.serve(get("/index.php", visitor), answer)
	u.serve(get("/picture.png", visitor), answer)
	u.serve(post("/x.php", stranger), answer)
	u.serve(post("/uploads/x.php", stranger), answer)
	u.serve(get("/uploads/y.php", stranger), answer)
	for _, tt := range []struct {
		what      string
		got, want float64
	}{
		{"clean", requests("clean", "none"), 3},
		{"suspicious", requests("suspicious", "none"), 1},
		{"malicious and let pass", requests("malicious", "none"), 0},
		{"malicious and refused", requests("malicious", "block"), 2},
		{"unjudged", requests("unjudged", "none"), 0},
		{"new-script", signals("new-script"), 3},
		{"upload-location", signals("upload-location"), 2},
		{"post-no-referer", signals("post-no-referer"), 2},
		{"denied", signals("denied"), 0},
		{"trusted", metric(t, u.registry, "scripts", "site", "shop", "trust", "trusted"), 2},
		{"denied scripts", metric(t, u.registry, "scripts", "site", "shop", "trust", "denied"), 0},
		{"enforcing", metric(t, u.registry, "enforcing", "site", "shop"), 1},
		{"overflows", metric(t, u.registry, "overflow_total", "site", "shop", "kind", "scripts"), 0},
		{"failed snapshots", metric(t, u.registry, "snapshot_errors_total"), 0},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", tt.what, tt.got, tt.want)
		}
	}
	if c := metric(t, u.registry, "coverage", "site", "shop"); c < 0.9 || c > 1 {
		t.Errorf("coverage %v", c)
	}
}

func TestMetricsOfTaggedRequests(t *testing.T) {
	u := provision(t, `{"mode":"tag"}`)
	u.serve(post("/x.php", stranger), answer)
	if n := metric(t, u.registry, "requests_total", "site", "default", "verdict", "suspicious", "action", "tag"); n != 1 {
		t.Errorf("%v", n)
	}
}

// No label takes a value that a client chooses.
func TestMetricsStayAsManyAsTheyAre(t *testing.T) {
	u := provision(t, `{}`)
	series := func() int {
		families, err := u.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, f := range families {
			n += len(f.GetMetric())
		}
		return n
	}
	before := series()
	for n := range 100 {
		r := post(fmt.Sprintf("/%d.php", n), n)
		r.Method = fmt.Sprintf("M%d", n)
		u.serve(r, answer)
	}
	if after := series(); after != before {
		t.Errorf("%d series, then %d", before, after)
	}
}

func TestMetricsAreRegisteredAnewWithEachConfig(t *testing.T) {
	upstream := newMirror(t)
	dir := t.TempDir()
	seed(t, dir+"/storage", "shop")
	// Two handlers of one site and one of another share the metrics.
	directives := "metrics /metrics\nwebshell_guard %s {\nsite shop\n}\nwebshell_guard /a/* {\nsite shop\n}\nwebshell_guard /b/* {\nsite b\n}\nreverse_proxy " + upstream.URL
	c := startIn(t, dir, fmt.Sprintf(directives, "log"))
	scrape := func() []string {
		_, body := c.ask(visitor, "GET", "/metrics")
		var lines []string
		for line := range strings.Lines(body) {
			if strings.HasPrefix(line, "caddy_webshell_guard_") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		return lines
	}
	for n, mode := range []string{"log", "tag", "block"} {
		if err := c.load(fmt.Sprintf(directives, mode)); err != nil {
			t.Fatalf("reload %d: %v", n, err)
		}
		c.ask(visitor, "GET", "/index.php")
		lines := scrape()
		for _, want := range []string{
			`caddy_webshell_guard_requests_total{action="none",site="shop",verdict="clean"} 1`,
			`caddy_webshell_guard_scripts{site="shop",trust="trusted"} 2`,
			`caddy_webshell_guard_enforcing{site="shop"} 1`,
			`caddy_webshell_guard_enforcing{site="b"} 0`,
		} {
			if !slices.Contains(lines, want) {
				t.Errorf("reload %d: no %s in\n%s", n, want, strings.Join(lines, "\n"))
			}
		}
	}
	c.sound()
}
