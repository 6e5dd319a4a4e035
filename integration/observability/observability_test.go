// Package observability runs examples/observability: Caddy, Prometheus, the dashboard and the alerts.
package observability

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const observability = "../../examples/observability"

// metricPrefix begins the names of all metrics of the guard.
const metricPrefix = "caddy_webshell_guard_"

// dashboard is Grafana's, as far as it matters.
type dashboard struct {
	Title         string
	UID           string
	SchemaVersion int
	Time          struct{ From, To string }
	Templating    struct {
		List []struct {
			Name, Type, Definition, AllValue string

			Query      any
			Multi      bool
			IncludeAll bool
			Datasource source
		}
	}
	Panels []panel
}

type source struct{ Type, UID string }

type panel struct {
	ID                       int
	Type, Title, Description string

	GridPos     struct{ H, W, X, Y int }
	Datasource  source
	FieldConfig struct{ Defaults struct{ Unit string } }
	Targets     []struct {
		RefID, Expr, LegendFormat string

		Datasource source
	}
}

func exampleFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(observability, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	var d dashboard
	if err := json.Unmarshal([]byte(exampleFile(t, "grafana-dashboard.json")), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// adapted returns a file of the example with parts replaced, each of which must be
// there.
func adapted(t *testing.T, name string, replace ...string) string {
	t.Helper()
	text := exampleFile(t, name)
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("%s has no %q", name, replace[i])
		}
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	return text
}

func TestObservabilityFilesAreValid(t *testing.T) {
	in := func(name string) string { return filepath.Join(observability, name) }
	promtool(t, "check", "config", in("prometheus.yml"))
	promtool(t, "check", "rules", in("alerts.yml"))
	promtool(t, "test", "rules", in("alerts_test.yml"))
}

func TestObservabilityEveryRuleIsTestedFiringAndSilent(t *testing.T) {
	tests := exampleFile(t, "alerts_test.yml")
	names := regexp.MustCompile(`(?m)^ +- alert: (\w+)$`).FindAllStringSubmatch(exampleFile(t, "alerts.yml"), -1)
	if len(names) < 8 {
		t.Fatalf("rules: %v", names)
	}
	for _, name := range names {
		for what, then := range map[string]string{"firing": "\n          - exp_labels:", "silent": " []\n"} {
			if !strings.Contains(tests, "alertname: "+name[1]+"\n        exp_alerts:"+then) {
				t.Errorf("%s is not tested %s", name[1], what)
			}
		}
	}
}

func TestObservabilityDashboardIsWhole(t *testing.T) {
	d := readDashboard(t)
	if d.Title == "" || d.UID == "" || d.SchemaVersion < 36 || d.Time.From == "" || d.Time.To == "" || len(d.Panels) < 10 {
		t.Errorf("title %q, uid %q, schemaVersion %d, time %v, %d panels", d.Title, d.UID, d.SchemaVersion, d.Time, len(d.Panels))
	}
	variables := map[string]string{}
	for _, v := range d.Templating.List {
		variables[v.Name] = v.Type
		if v.Type == "query" && (v.Datasource != (source{"prometheus", "${datasource}"}) || !v.Multi || !v.IncludeAll || v.AllValue == "") {
			t.Errorf("variable %s: %+v", v.Name, v)
		}
	}
	if !maps.Equal(variables, map[string]string{"datasource": "datasource", "site": "query"}) {
		t.Errorf("variables: %v", variables)
	}
	titles, ids := map[string]bool{}, map[int]bool{}
	taken := map[[2]int]string{}
	for _, p := range d.Panels {
		if p.ID <= 0 || ids[p.ID] || p.Title == "" || titles[p.Title] {
			t.Errorf("panel %d %q: its id or title is missing, or not its own", p.ID, p.Title)
		}
		ids[p.ID], titles[p.Title] = true, true
		if p.Type == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
			t.Errorf("%s: type %q, description %q, unit %q, %d queries", p.Title, p.Type, p.Description, p.FieldConfig.Defaults.Unit, len(p.Targets))
		}
		if p.Datasource != (source{"prometheus", "${datasource}"}) {
			t.Errorf("%s: data source %+v", p.Title, p.Datasource)
		}
		refs := map[string]bool{}
		for _, q := range p.Targets {
			if q.RefID == "" || refs[q.RefID] || q.Expr == "" || q.LegendFormat == "" || q.Datasource != p.Datasource {
				t.Errorf("%s: query %+v", p.Title, q)
			}
			refs[q.RefID] = true
		}
		g := p.GridPos
		if g.H <= 0 || g.W <= 0 || g.X < 0 || g.Y < 0 || g.X+g.W > 24 {
			t.Errorf("%s: place %+v", p.Title, g)
		}
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("%s overlaps %s", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}

func TestObservability(t *testing.T) {
	o := observe(t)
	d := readDashboard(t)
	samples, types := o.exported()

	t.Run("the dashboard asks for what is exported, and for all of it", func(t *testing.T) {
		asked := map[string]bool{}
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				for _, name := range metricNames(q.Expr) {
					asked[name] = true
					if !samples[name] {
						t.Errorf("%s: no metric %s is exported", p.Title, name)
					}
				}
			}
		}
		for name := range types {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(asked)), func(a string) bool { return strings.HasPrefix(a, name) }) {
				t.Errorf("no panel shows %s", name)
			}
		}
	})

	t.Run("the metrics are documented", func(t *testing.T) {
		b, err := os.ReadFile("../../docs/metrics.md")
		if err != nil {
			t.Fatal(err)
		}
		if len(types) < 10 {
			t.Errorf("exported: %v", types)
		}
		for name, kind := range types {
			row := regexp.MustCompile("(?m)^\\| `" + strings.TrimPrefix(name, metricPrefix) + "` \\| " + kind + " \\|")
			if !row.Match(b) {
				t.Errorf("docs/metrics.md does not tell of the %s %s", kind, name)
			}
		}
	})

	t.Run("every query of the dashboard has an answer", func(t *testing.T) { o.answers(t, d) })

	t.Run("the variable lists the sites", func(t *testing.T) {
		for _, v := range d.Templating.List {
			if v.Type != "query" {
				continue
			}
			of := regexp.MustCompile(`^label_values\((\w+), (\w+)\)$`).FindStringSubmatch(v.Definition)
			if of == nil || !samples[of[1]] {
				t.Fatalf("%s: %s", v.Name, v.Definition)
			}
			var values []string
			if err := o.ask("label/"+of[2]+"/values", url.Values{"match[]": {of[1]}}, &values); err != nil || !slices.Equal(values, []string{"blog", "shop"}) {
				t.Errorf("%s: %v %v", v.Definition, values, err)
			}
		}
	})

	t.Run("the rules ask for what is exported, and say what to do", func(t *testing.T) { o.rules(t, samples) })

	t.Run("the alerts arrive", func(t *testing.T) {
		want := []string{"WebshellGuardMalicious shop", "WebshellGuardRefused blog"}
		for deadline := time.Now().Add(60 * time.Second); len(o.pager.alerts()) < len(want) && time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
			o.visit()
		}
		if got := o.pager.alerts(); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// answers has the dashboard's queries answered while there is traffic. An answer
// without a number is none.
func (o *observed) answers(t *testing.T, d dashboard) {
	variables := strings.NewReplacer("$site", "shop|blog", "$__rate_interval", "10s", "$__range", "1m")
	got := map[string][]series{}
	missing := func() (list []string) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				expr := variables.Replace(q.Expr)
				if strings.Contains(expr, "$") {
					t.Fatalf("%s: a variable that nobody sets: %s", p.Title, expr)
				}
				answer, err := o.query(expr)
				if err != nil {
					t.Fatalf("%s: %s: %v", p.Title, expr, err)
				}
				if len(answer) == 0 {
					list = append(list, p.Title+": "+expr)
				}
				got[p.Title+" "+q.RefID] = answer
			}
		}
		return list
	}
	// The two things that happened must show where they belong.
	shown := func() bool {
		return positive(got["Malicious, let through A"], "site", "shop") && positive(got["Refused A"], "site", "blog") &&
			positive(got["Signals A"], "signal", "upload-location") && positive(got["Decision time B"], "", "")
	}
	var lacks []string
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(300 * time.Millisecond) {
		o.visit()
		if lacks = missing(); len(lacks) == 0 && shown() {
			return
		}
	}
	t.Errorf("no data:\n%s\ngot: %v", strings.Join(lacks, "\n"), got)
}

// positive reports whether the series with the label is more than 0 in the end.
func positive(list []series, label, value string) bool {
	return slices.ContainsFunc(list, func(s series) bool {
		return s.labels[label] == value && !strings.HasPrefix(s.values[len(s.values)-1], "-") && s.values[len(s.values)-1] != "0"
	})
}

// rules checks the alert rules as Prometheus has read them.
func (o *observed) rules(t *testing.T, samples map[string]bool) {
	var data struct {
		Groups []struct {
			Rules []struct {
				Name, Query, Health, LastError string
				Labels, Annotations            map[string]string
			}
		}
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		if err := o.ask("rules", nil, &data); err != nil {
			t.Fatal(err)
		}
		if len(data.Groups) == 1 && data.Groups[0].Rules[0].Health == "ok" || time.Now().After(deadline) {
			break
		}
	}
	for _, r := range data.Groups[0].Rules {
		if r.Health != "ok" {
			t.Errorf("%s: %s %s", r.Name, r.Health, r.LastError)
		}
		if !slices.Contains([]string{"critical", "warning"}, r.Labels["severity"]) || r.Annotations["summary"] == "" || len(r.Annotations["description"]) < 80 {
			t.Errorf("%s: %v %v", r.Name, r.Labels, r.Annotations)
		}
		for _, name := range metricNames(r.Query) {
			if !samples[name] && name != "up" {
				t.Errorf("%s: no metric %s is exported", r.Name, name)
			}
		}
	}
}

var (
	promText    = regexp.MustCompile(`"[^"]*"`)
	promAside   = regexp.MustCompile(`\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)`)
	promName    = regexp.MustCompile(`[a-zA-Z_:][\w:]*(\s*\()?`)
	promKeyword = []string{"and", "or", "unless", "offset", "bool"}
)

// metricNames returns the names of the metrics in a query: what is left of it
// without labels, ranges, numbers, functions and keywords.
func metricNames(expr string) (names []string) {
	expr = promAside.ReplaceAllString(promText.ReplaceAllString(expr, ""), " ")
	expr = regexp.MustCompile(`\b\d[\w.]*`).ReplaceAllString(expr, "")
	for _, name := range promName.FindAllString(expr, -1) {
		if !strings.HasSuffix(name, "(") && !slices.Contains(promKeyword, name) {
			names = append(names, name)
		}
	}
	return names
}

func TestMetricNames(t *testing.T) {
	for expr, want := range map[string]string{
		`sum by (site, verdict) (rate(a_total{site=~"$site", x!="}"}[$__rate_interval]))`: "a_total",
		`histogram_quantile(0.99, sum by (le) (rate(b_bucket[5m])))`:                      "b_bucket",
		`a:b == 1 and on (job) max_over_time(c[7d:1h]) > bool 3 * d offset 1h / 24`:       "a:b c d",
		`up{job="caddy"} unless on (job, instance) e`:                                     "up e",
	} {
		if got := strings.Join(metricNames(expr), " "); got != want {
			t.Errorf("%s: %s, want %s", expr, got, want)
		}
	}
}
