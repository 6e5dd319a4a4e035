package caddymodule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

// frontSite answers what names no script by /index.php, behind the guard.
const frontSite = `
	route {
		webshell_guard %s {
			site shop
			learn 9h 0.5
		}
		@pretty not path *.php *.php/* *.css
		rewrite @pretty /index.php
		respond "page"
	}
`

// operateFront is operate with a front controller, of which one route is known.
func operateFront(t *testing.T, mode string) operated {
	t.Helper()
	o := operate(t, "shop")
	if err := o.load(fmt.Sprintf(frontSite, mode)); err != nil {
		t.Fatal(err)
	}
	m := memoryOf(t, "shop")
	start := baseline.EndpointKey{EndpointName: baseline.EndpointName{Script: "/index.php", Route: "/start"}}
	if err := m.Decisions.SetTrustOf([]baseline.EndpointKey{start}, baseline.Trusted, baseline.Author{Via: "test"}, m.Phases.Closed(), baseline.Limits{MaxScripts: 1000}); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o operated) scripts(t *testing.T, query string) (list adminapi.ScriptList) {
	t.Helper()
	b, _ := json.Marshal(o.must(t, "GET", "sites/shop/scripts"+query, ""))
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// decide decides about endpoints.
func (o operated) decide(t *testing.T, action string, names ...string) (answer adminapi.DecisionResult) {
	t.Helper()
	body, _ := json.Marshal(map[string]any{"paths": names})
	b, _ := json.Marshal(o.must(t, "POST", "sites/shop/"+action, string(body)))
	if err := json.Unmarshal(b, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func names(list []adminapi.Script) string {
	var all []string
	for _, s := range list {
		all = append(all, s.Endpoint)
	}
	return strings.Join(all, ", ")
}

// visit asks for paths by several networks.
func (o operated) visit(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		for n := range 2 {
			if resp, _ := o.ask(visitor+n, "GET", path); resp.StatusCode != 200 {
				t.Fatalf("%s: %d", path, resp.StatusCode)
			}
		}
	}
}

func TestEndpointsAreListed(t *testing.T) {
	o := operateFront(t, "log")
	o.visit(t, "/news", "/orders/12/pay")
	o.ask(stranger, "POST", "/api/tools/run")
	t.Run("only if they are asked for", func(t *testing.T) {
		list := o.scripts(t, "?sort=path")
		if got := names(list.Scripts); got != "/about.php, /index.php" || list.MatchedRoutes != 0 || list.Scripts[0].Kind != "script" {
			t.Errorf("%s, %+v", got, list)
		}
	})
	t.Run("under their script", func(t *testing.T) {
		list := o.scripts(t, "?endpoints=1&sort=path")
		if got := names(list.Scripts); got != "/about.php, /index.php, /index.php · /api/tools/run, /index.php · /news, /index.php · /orders/{n}/pay, /index.php · /start" {
			t.Error(got)
		}
		if list.Matched != 6 || list.MatchedRoutes != 4 || list.Routes != 4 || list.NewRoutes != 3 {
			t.Errorf("%+v", list)
		}
		if r := list.Scripts[4]; r.Path != "/orders/{n}/pay" || r.Kind != "route" || r.FrontController != "/index.php" || !r.New || r.Networks != 2 || r.FirstSeen.IsZero() || r.Methods[0] != "GET" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("those that are new for review, with what is held against them", func(t *testing.T) {
		list := o.scripts(t, "?review=1")
		if got := names(list.Scripts); got != "/index.php · /api/tools/run, /index.php · /news, /index.php · /orders/{n}/pay" {
			t.Error(got)
		}
		if r := list.Scripts[0]; r.Evidence == nil || !r.Evidence.Standing || r.Networks != 1 || len(r.TriedMethods) != 1 || r.TriedMethods[0] != "POST" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("for people, with what was left out", func(t *testing.T) {
		out := o.run(t, "scripts", "shop", "--endpoints", "--limit", "2")
		if !strings.Contains(out, "/index.php · /api/tools/run") || !strings.Contains(out, "and 4 more, of which 3 are routes: see --limit") || !strings.Contains(out, "4 routes, 3 of them new") {
			t.Error(out)
		}
		if out := o.run(t, "scripts", "shop", "--review"); !strings.Contains(out, "/index.php · /orders/{n}/pay") || !strings.Contains(out, "(POST)") {
			t.Error(out)
		}
		if out := o.run(t, "scripts", "shop"); strings.Contains(out, "/news") {
			t.Error(out)
		}
	})
	t.Run("and so are flagged requests", func(t *testing.T) {
		for _, script := range []string{"/index.php · /api/tools/run", "/index.php", "/api/tools/*"} {
			list := o.must(t, "GET", "sites/shop/flagged?script="+url.QueryEscape(script), "")
			if list["matched"] != 1.0 || list["requests"].([]any)[0].(map[string]any)["endpoint"] != "/index.php · /api/tools/run" {
				t.Errorf("%s: %v", script, list)
			}
		}
		if list := o.must(t, "GET", "sites/shop/flagged?script="+url.QueryEscape("/index.php · /news"), ""); list["matched"] != 0.0 {
			t.Errorf("%v", list)
		}
	})
	if status, _, _ := o.api(t, "GET", "sites/shop/scripts?endpoints=maybe", ""); status != 400 {
		t.Error(status)
	}
}

// A site with very many routes has a list that somebody can read.
func TestListOfVeryManyEndpoints(t *testing.T) {
	o := operateFront(t, "log")
	m := memoryOf(t, "shop")
	list := make([]baseline.EndpointKey, 25000)
	for n := range list {
		list[n].EndpointName = baseline.EndpointName{Script: "/index.php", Route: fmt.Sprintf("/r%d/{n}", n)}
	}
	if err := m.Decisions.SetTrustOf(list, baseline.Trusted, baseline.Author{Via: "test"}, m.Phases.Closed(), baseline.Limits{MaxScripts: 100000}); err != nil {
		t.Fatal(err)
	}
	got := o.scripts(t, "?endpoints=1")
	if got.Matched != 25003 || got.MatchedRoutes != 25001 || len(got.Scripts) != 1000 || got.Routes != 25001 || got.NewRoutes != 0 {
		t.Errorf("%d of %d, %d routes", len(got.Scripts), got.Matched, got.MatchedRoutes)
	}
	if out := o.run(t, "scripts", "shop", "--endpoints"); !strings.Contains(out, "more, of which ") || strings.Count(out, "\n") > 1010 {
		t.Errorf("%.300s", out[len(out)-300:])
	}
	if answer := o.decide(t, "forget", "/index.php · /r1*/{n}"); len(answer.Scripts) != 11111 {
		t.Errorf("forgot %d", len(answer.Scripts))
	}
	if decisions := m.Decisions.List(); !strings.Contains(decisions[len(decisions)-1].Decided, "11111 endpoints") {
		t.Errorf("%+v", decisions[len(decisions)-1])
	}
}

func TestDecisionsAboutEndpoints(t *testing.T) {
	for _, mode := range []string{"log", "tag", "block"} {
		t.Run(mode, func(t *testing.T) { decideAboutEndpoints(t, operateFront(t, mode)) })
	}
}

func decideAboutEndpoints(t *testing.T, o operated) {
	o.visit(t, "/news", "/orders/12/pay")
	key := baseline.Key{Path: "/orders/{n}/pay"}
	status := func(want int, paths ...string) {
		t.Helper()
		for _, path := range paths {
			if got := o.get(path); got != want {
				t.Errorf("%s: %d, want %d", path, got, want)
			}
		}
	}
	t.Run("a dry run changes nothing", func(t *testing.T) {
		for _, action := range []string{"approve", "deny", "forget"} {
			out := o.run(t, action, "--dry-run", "shop", "/index.php·/orders/{n}/pay")
			if !strings.Contains(out, "/index.php · /orders/{n}/pay") || !strings.Contains(out, "would be") {
				t.Error(out)
			}
		}
		if p := memoryOf(t, "shop").Scripts.Lookup(key); p == nil || !p.Novel() || len(memoryOf(t, "shop").Denials.Rules()) != 0 {
			t.Errorf("%+v", p)
		}
		status(200, "/orders/12/pay")
	})
	t.Run("deny", func(t *testing.T) {
		answer := o.decide(t, "deny", "/index.php · /orders/{n}/pay", "/index.php·/wp-json/{*}/run", "/other.php · /news")
		if len(answer.Rules) != 3 || len(answer.Unmatched) != 0 || len(answer.Scripts) != 1 || answer.Rules[0].Kind != "route" || answer.Rules[0].Routes != 1 || answer.Rules[1].Pattern != "/index.php · /wp-json/{*}/run" {
			t.Errorf("%+v", answer)
		}
		if s := answer.Scripts[0]; s.Endpoint != "/index.php · /orders/{n}/pay" || s.Kind != "route" || s.Path != key.Path || s.Was != "provisional" || s.Now != "denied" {
			t.Errorf("%+v", s)
		}
		status(403, "/orders/12/pay", "/orders/99/pay/", "/index.php/orders/7/pay", "/wp-json/gallery/run", "/index.php/wp-json/x/run")
		status(200, "/news", "/orders/x/pay", "/wp-json/gallery/walk", "/index.php", "/")
		line := o.access("/orders/99/pay/")
		if text := fmt.Sprint(line.Guard); !strings.Contains(text, "1090") || !strings.Contains(text, "an operator denied '/index.php · /orders/{n}/pay'") {
			t.Error(text)
		}
		logged := o.logged(1, func(l logLine) bool { return l.Msg == "decision" })
		if len(logged) != 1 {
			t.Errorf("%d lines of decisions", len(logged))
		}
		if out := o.run(t, "decisions", "shop"); !strings.Contains(out, "/index.php · /wp-json/{*}/run") || !strings.Contains(out, "standing denial") {
			t.Error(out)
		}
		if got := o.scripts(t, "?endpoints=1&trust=denied"); names(got.Scripts) != "/index.php · /orders/{n}/pay" {
			t.Error(names(got.Scripts))
		}
		if got := names(o.scripts(t, "?review=1").Scripts); strings.Contains(got, "/orders/{n}/pay") || !strings.Contains(got, "/news") {
			t.Error(got)
		}
		if rules := o.stored(t).Denials.Rules(); len(rules) != 3 || rules[0].String() != "/index.php · /orders/{n}/pay" || rules[0].By.Via == "" {
			t.Errorf("stored: %+v", rules)
		}
	})
	t.Run("an import keeps what is denied", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "shop.zip")
		o.run(t, "export", "shop", file)
		o.decide(t, "deny", "/later/{slug}")
		o.run(t, "import", "shop", file)
		status(403, "/later/a-name-of-a-page", "/orders/12/pay")
	})
	t.Run("approve", func(t *testing.T) {
		answer := o.decide(t, "approve", "/index.php · /orders/{n}/pay", "/index.php · /fresh/{n}")
		if len(answer.Scripts) != 2 || answer.Scripts[1].Was != "denied" || answer.Scripts[1].Now != "trusted" || answer.Scripts[0].Was != "unknown" || len(answer.Rules) != 1 || len(answer.Missing) != 0 {
			t.Errorf("%+v", answer)
		}
		status(200, "/orders/12/pay", "/fresh/3")
		if p := o.stored(t).Scripts.Lookup(key); p == nil || !p.Route() || p.Novel() || p.Trust() != baseline.Trusted {
			t.Errorf("%+v", p)
		}
		if p := memoryOf(t, "shop").Scripts.Lookup(baseline.Key{Path: "/fresh/{n}"}); p == nil || !p.Route() || p.FrontController() != "/index.php" || memoryOf(t, "shop").Scripts.Count(baseline.Trusted) != 2 {
			t.Errorf("%+v", p)
		}
		if answer := o.decide(t, "approve", "/other.php · /fresh/{n}"); len(answer.Scripts) != 0 || len(answer.Unmatched) != 1 {
			t.Errorf("behind another front controller: %+v", answer)
		}
		if answer := o.decide(t, "approve", "/ne*"); len(answer.Scripts) != 1 || answer.Scripts[0].Endpoint != "/index.php · /news" {
			t.Errorf("by a pattern: %+v", answer)
		}
	})
	t.Run("forget", func(t *testing.T) {
		answer := o.decide(t, "forget", "/index.php·/fresh/{n}", "/index.php · /wp-json/{*}/run", "/later/{slug}", "/nothing/{n}")
		if len(answer.Scripts) != 1 || answer.Scripts[0].Was != "trusted" || answer.Scripts[0].Now != "unknown" || len(answer.Rules) != 2 || fmt.Sprint(answer.Unmatched) != "[/nothing/{n}]" {
			t.Errorf("%+v", answer)
		}
		status(200, "/wp-json/gallery/run", "/later/a-name-of-a-page")
		if p := o.stored(t).Scripts.Lookup(baseline.Key{Path: "/fresh/{n}"}); p != nil {
			t.Errorf("%+v", p)
		}
	})
	t.Run("by the path alone", func(t *testing.T) {
		o.visit(t, "/news2")
		answer := o.decide(t, "deny", "/news2")
		if len(answer.Scripts) != 1 || answer.Scripts[0].Endpoint != "/index.php · /news2" || len(answer.Rules) != 0 {
			t.Errorf("%+v", answer)
		}
		status(403, "/news2", "/index.php/news2")
		if got := o.scripts(t, "?endpoints=1&trust=denied"); names(got.Scripts) != "/index.php · /news2" {
			t.Error(names(got.Scripts))
		}
		o.decide(t, "forget", "/news2")
		status(200, "/news2")
	})
	t.Run("what makes no sense is refused", func(t *testing.T) {
		for name, want := range map[string]string{
			"/index.php · news": "neither a path", "/index.php · ": "nothing on one side", "/x/{n} · /y": "no script", "/a.php · /b.php": "names the script",
			"/index.php · action=run": "operations", "/index.php · /[x": "syntax",
		} {
			for _, action := range []string{"approve", "deny", "forget"} {
				body, _ := json.Marshal(map[string]any{"paths": []string{name}})
				if status, answer, _ := o.api(t, "POST", "sites/shop/"+action, string(body)); status != 400 || !strings.Contains(fmt.Sprint(answer["error"]), want) {
					t.Errorf("%s %s: %d %v", action, name, status, answer)
				}
			}
		}
	})
}

// Whoever approves a pattern does not approve what requests were flagged to.
func TestFlaggedEndpointsAreApprovedByName(t *testing.T) {
	o := operateFront(t, "log")
	o.visit(t, "/api/tools/list")
	o.ask(stranger, "POST", "/api/tools/run")
	answer := o.decide(t, "approve", "/index.php · /api/**")
	if len(answer.Scripts) != 1 || answer.Scripts[0].Endpoint != "/index.php · /api/tools/list" || len(answer.Flagged) != 1 || answer.Flagged[0].Endpoint != "/index.php · /api/tools/run" {
		t.Errorf("%+v", answer)
	}
	answer = o.decide(t, "approve", "/index.php · /api/tools/run")
	if len(answer.Scripts) != 1 || answer.Scripts[0].Evidence == nil || answer.Scripts[0].Now != "trusted" {
		t.Errorf("%+v", answer)
	}
	p := memoryOf(t, "shop").Scripts.Lookup(baseline.Key{Path: "/api/tools/run"})
	if p == nil || p.Novel() || !p.KnowsMethod(baseline.MethodPost) {
		t.Errorf("%+v", p)
	}
}

// A rehearsal names the routes of an application without scripts that it would refuse, and
// what is approved by that name is served.
func TestContainmentNamesEndpoints(t *testing.T) {
	o := operate(t, "shop")
	o.visit(t, "/orders/12/pay")
	if c := o.containedSite(t, "PUT", `{"rehearse":true}`); len(c.Recent) != 1 || c.Recent[0].Endpoint != "/orders/{n}/pay" || c.Recent[0].Kind != "route" {
		t.Errorf("%+v", c.Recent)
	}
	o.visit(t, "/orders/13/pay", "/orders/14/pay")
	c := o.containedSite(t, "GET", "")
	if len(c.Refused) != 1 || c.Refused[0].Endpoint != "/orders/{n}/pay" || c.Refused[0].Kind != "route" || c.Refused[0].Count != 4 || !c.Refused[0].Known {
		t.Errorf("%+v", c.Refused)
	}
	if out := o.run(t, "refused", "shop"); !strings.Contains(out, "/orders/{n}/pay") {
		t.Error(out)
	}
	o.decide(t, "approve", "/orders/{n}/pay")
	if c := o.containedSite(t, "GET", ""); len(c.Refused)+len(c.Recent) != 0 {
		t.Errorf("approved: %+v", c)
	}
	o.must(t, "DELETE", "sites/shop/containment", "")
	o.must(t, "PUT", "sites/shop/containment", `{}`)
	if o.get("/orders/15/pay") != 200 || o.get("/others/15/pay") != 403 {
		t.Error("not what was approved")
	}
}

func TestOperationsAreListedAndDecided(t *testing.T) {
	o := operate(t, "shop")
	s, limits := enforcing("shop"), baseline.Limits{MaxScripts: 1000}
	s.Phases.Relearn(baseline.Author{Via: "test"}, time.Now().Add(-time.Hour))
	for n := range 40 {
		for _, query := range []string{"do=list&page=2", "do=save&text=x&id=7"} {
			names, choices := new(baseline.ParamNames), new(baseline.Choices)
			names.Hash(s.Hash, query, nil)
			choices.Reset(s.Scripts.Lookup(baseline.Key{Path: "/app.php"}))
			choices.AddQuery(s.Hash, query)
			visit := baseline.Visit{
				Time: time.Now().Add(-time.Minute), Method: baseline.MethodGet, Status: 200, Network: uint64(n+1) * 0x9e3779b97f4a7c15, Choices: choices, RanBy: "/app.php",
				Features: baseline.RequestFeatures{Params: names, Answered: 1000},
			}
			s.Learn(baseline.Key{Path: "/app.php"}, visit, limits)
			s.LearnRoute(baseline.Key{Path: "/desk/{n}"}, visit, limits)
		}
	}
	s.Phases.Enforce(baseline.Author{Via: "test"}, time.Now())
	var archive bytes.Buffer
	if err := s.Export(&archive, time.Now()); err != nil {
		t.Fatal(err)
	}
	o.run(t, "import", "shop", writeFile(t, archive.String()))
	list := o.scripts(t, "?endpoints=1&sort=path")
	if got := names(list.Scripts); got != "/app.php, /app.php · do=list, /app.php · do=save, /app.php · /desk/{n}, /app.php · /desk/{n} · do=list, /app.php · /desk/{n} · do=save" {
		t.Error(got)
	}
	if list.Matched != 6 || list.MatchedRoutes != 1 || list.MatchedOperations != 4 || list.Scripts[1].Kind != "operation" || list.Scripts[1].Networks < 30 || list.Scripts[5].FrontController != "/app.php" {
		t.Errorf("%+v", list)
	}
	if got := names(o.scripts(t, "").Scripts); got != "/app.php" {
		t.Error(got)
	}
	decide := func(action, path, more string) (int, string) {
		t.Helper()
		status, answer, _ := o.api(t, "POST", "sites/shop/"+action, fmt.Sprintf(`{"paths":[%q]%s}`, path, more))
		return status, fmt.Sprint(answer)
	}
	for path, want := range map[string]string{
		"/app.php · text=save":  "is no selector of",
		"/app.php · do=17":      "what values of selectors look like",
		"/other.php · do=save":  "is not known",
		"/app.php · do":         "neither a path nor NAME=VALUE",
		"/desk/{n} · view=save": "is no selector of",
	} {
		if status, answer := decide("deny", path, ""); status != 400 || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s", path, status, answer)
		}
	}
	if status, answer := decide("deny", "/app.php · do=save", `,"dry_run":true`); status != 200 || !strings.Contains(answer, "was:provisional") || o.get("/app.php?do=save&text=x&id=7") != 200 {
		t.Errorf("a dry run: %d %s", status, answer)
	}
	// What nobody asked for yet can be denied, too.
	for _, path := range []string{"/app.php · do=save", "/app.php·do=run_tool", "/app.php · /desk/{n} · do=list"} {
		if status, answer := decide("deny", path, ""); status != 200 || !strings.Contains(answer, "now:denied") || !strings.Contains(answer, "kind:operation") {
			t.Errorf("%s: %d %s", path, status, answer)
		}
	}
	requests := []string{"/app.php?do=save&text=x&id=7", "/app.php?do=run_tool", "/desk/7?do=list&page=2", "/app.php?do=list&page=2", "/desk/7?do=save&text=x&id=7", "/app.php"}
	check := func(when string, want ...int) {
		t.Helper()
		for i, path := range requests {
			if got := o.get(path); got != want[i] {
				t.Errorf("%s: %s: %d, want %d", when, path, got, want[i])
			}
		}
	}
	check("denied", 403, 403, 403, 200, 200, 200)
	stored := o.stored(t)
	again := baseline.NewSite("shop", time.Now())
	again.Inherit(stored, false, time.Now())
	for name, site := range map[string]*baseline.Site{"stored": stored, "taken over by another baseline": again} {
		for _, k := range []baseline.OperationKey{{Endpoint: baseline.Key{Path: "/app.php"}, Selector: "do", Value: "run_tool"}, {Endpoint: baseline.Key{Path: "/desk/{n}"}, Selector: "do", Value: "list"}} {
			if trust, known := site.Decisions.OperationTrust(k); !known || trust != baseline.Denied {
				t.Errorf("%s: %v: %v", name, k, trust)
			}
		}
	}
	if status, _ := decide("approve", "/app.php · do=save", ""); status != 200 {
		t.Error(status)
	}
	if status, _ := decide("forget", "/app.php · do=run_tool", ""); status != 200 {
		t.Error(status)
	}
	check("approved, and forgotten", 200, 200, 403, 200, 200, 200)
	o.run(t, "relearn", "shop")
	check("learned anew", 200, 200, 403, 200, 200, 200)
}
