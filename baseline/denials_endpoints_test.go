package baseline

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// endpointRule is a standing denial of an endpoint.
func endpointRule(t testing.TB, text string) DenialRule {
	t.Helper()
	name, err := ParseEndpointName(text)
	if err != nil {
		t.Fatal(err)
	}
	if name.Route == "" {
		name.Script, name.Route = "", name.Script
	}
	p, err := NewEndpointPattern(name, namer(t))
	if err != nil {
		t.Fatal(err)
	}
	return DenialRule{Endpoint: p}
}

// foldedSite is a site at whose root and below /shop/ too many names follow; /shop/cart stays.
func foldedSite() *Site {
	s := NewSite("a", start)
	for n := range 100 {
		network := uint64(n+1) * 0x9e3779b97f4a7c15
		s.Routes.Learn("", "/shop/cart", network)
		s.Routes.Learn("", "/shop/x"+letters(n), network)
	}
	return s
}

func TestTemplatesCoverPaths(t *testing.T) {
	learned, fresh := foldedSite(), NewSite("b", start)
	for _, c := range []struct {
		template string
		covered  string
		others   string
	}{
		{"/shop/{*}", "/shop/table /shop/table/ /SHOP/Table /shop/xb", "/shop /shop/ /shop/cart /shop/12 /shop/table/x /other/table /"},
		{"/shop/{*}/run", "/shop/table/run /shop/a/run/", "/shop/table /shop/table/walk /shop/12/run /shop/cart/run"},
		{"/shop/cart", "/shop/cart /shop/CART /shop/cart/", "/shop/table /shop/{*}"},
		{"/user/{n}/edit", "/user/12/edit /User/3/Edit/", "/user/x/edit /user/12 /user/12/edit/x"},
		{"/f/{uuid}", "/f/123e4567-e89b-12d3-a456-426614174000", "/f/12 /f/abc"},
		{"/api/{**}", "/api/x /api/x/y/12 /api", "/apis /x/api"},
		{"/", "/", "/x /x/"},
		{"/new/thing", "/new/thing /new/thing/", "/new /new/things"},
	} {
		for path := range strings.SplitSeq(c.covered, " ") {
			if !learned.Routes.Covers(c.template, "", path) {
				t.Errorf("%s does not cover %s", c.template, path)
			}
			if !fresh.Routes.Covers(c.template, "", path) {
				t.Errorf("%s does not cover %s where nothing was learned", c.template, path)
			}
		}
		for path := range strings.SplitSeq(c.others, " ") {
			if learned.Routes.Covers(c.template, "", path) {
				t.Errorf("%s covers %s", c.template, path)
			}
		}
	}
}

func TestEndpointPatternsThatAreNone(t *testing.T) {
	for name, want := range map[EndpointName]string{
		{Script: "/a.php"}: "no route",
		{Script: "/a.php", Route: "/b", Operation: "x=y"}:     "operations",
		{Route: "/b", Operation: "x=y"}:                       "operations",
		{Script: "/a.php", Route: "/b/c.php"}:                 "names the script",
		{Script: "/a.php", Route: "/b/[x"}:                    "syntax error",
		{Script: "/", Route: "/b"}:                            "no script",
		{Script: "/a.php", Route: strings.Repeat("/*", 5000)}: "want a path",
	} {
		if p, err := NewEndpointPattern(name, namer(t)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80v: %v, %v", name, p, err)
		}
	}
}

func TestFrontControllersArePredicted(t *testing.T) {
	s := NewSite("a", start)
	ran := func(root, path, script string) {
		s.LearnRoute(Key{Root: root, Path: path}, Visit{Time: start, Network: 7, RanBy: script}, limits)
	}
	ran("/srv", "/about", "/index.php")
	ran("/two", "/", "/index.php")
	ran("/two", "/admin/", "/admin/index.php")
	ran("/three", "/x", "/index.php")
	ran("/three", "/y", "/other.php")
	s.Decisions.Deny(nil, []DenialRule{endpointRule(t, "/index.php · /z")}, Author{Via: "test"}, start, limits)
	for _, c := range [][3]string{
		{"/srv", "/about", "/index.php"}, {"/srv", "/api/{*}/run", "/index.php"}, {"", "/about", ""},
		{"/two", "/x/y", "/index.php"}, {"/two", "/admin/{n}/edit", "/admin/index.php"},
		{"/three", "/y", "/other.php"}, {"/three", "/y/below", "/other.php"}, {"/three", "/z", ""},
	} {
		if got := s.Denials.FrontController(c[0], c[1]); got != c[2] {
			t.Errorf("%s %s: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// What is denied and approved of routes outlasts a restart, an import and the
// loss of a baseline.
func TestDecisionsAboutRoutesAreKept(t *testing.T) {
	s := NewSite("a", start)
	by := Author{Via: "test"}
	visit(s, "/a.php", 1, start)
	s.Phases.Enforce(by, start)
	route := EndpointKey{"/srv", EndpointName{Script: "/index.php", Route: "/api/{*}"}}
	gone := EndpointKey{"/srv", EndpointName{Route: "/gone/{n}"}}
	if err := s.Decisions.SetTrustOf([]EndpointKey{route}, Trusted, by, start, limits); err != nil {
		t.Fatal(err)
	}
	s.Decisions.SetTrustOf([]EndpointKey{gone}, Denied, by, start, limits)
	rules := []DenialRule{endpointRule(t, "/index.php · /wp-json/{*}/run"), endpointRule(t, "/x/{n}"), endpointRule(t, `/index.php · /a/**`)}
	s.Decisions.Deny(nil, rules, by, start, limits)
	check := func(name string, got *Site, approvals bool) {
		t.Helper()
		var text []string
		for _, r := range got.Denials.Rules() {
			text = append(text, r.String())
		}
		if len(text) != 3 || fmt.Sprint(text) != fmt.Sprint(rules) {
			t.Errorf("%s: the rules are %q", name, text)
		}
		p, q := got.Scripts.Lookup(route.Key()), got.Scripts.Lookup(gone.Key())
		if approved := p != nil; approved != approvals || approvals && (!p.Route() || p.Trust() != Trusted || p.Name() != route.EndpointName) {
			t.Errorf("%s: approved %+v", name, p)
		}
		if q == nil || !q.Route() || q.Trust() != Denied || got.Scripts.Count(Denied) != 0 {
			t.Errorf("%s: denied %+v", name, q)
		}
		for path, want := range map[string]bool{"/wp-json/x/run": true, "/x/12": true, "/a/b/c": true, "/gone/7": true, "/wp-json/x/walk": false} {
			template := got.Routes.Template("/srv", path)
			asked := AskedEndpoint{Root: "/srv", Path: path, Template: template, Script: "/index.php", Profile: got.Scripts.Lookup(Key{Root: "/srv", Path: template})}
			if by, denied := got.Denials.Endpoint(&got.Routes, &asked); denied != want {
				t.Errorf("%s: %s is denied by %q", name, path, by)
			}
		}
	}
	check("here", s, true)
	objects := newMemoryObjects()
	save(t, s, objects, start)
	again, _, err := Open("a", objects, start)
	if err != nil {
		t.Fatal(err)
	}
	check("opened", again, true)
	imported, lost := NewSite("a", start), NewSite("a", start)
	imported.Inherit(s, false, start)
	check("imported", imported, false)
	lost.Inherit(s, true, start)
	check("lost", lost, true)
	list := s.Decisions.List()
	if got := list[len(list)-3]; got.Endpoint != "/index.php · /wp-json/{*}/run" || got.Decided != "standing denial" {
		t.Errorf("logged: %+v", got)
	}
	if got := list[1]; got.Endpoint != "/index.php · /api/{*}" || got.Script != route.Key() || got.Decided != "trusted" {
		t.Errorf("logged: %+v", got)
	}
	again.Phases.Relearn(by, start)
	check("relearned", again, true)
}

func TestReviewOfRoutes(t *testing.T) {
	s := NewSite("a", start)
	by := Author{Via: "test"}
	s.LearnRoute(Key{Path: "/learned"}, Visit{Time: start, Network: 7}, limits)
	s.Phases.Enforce(by, start)
	at := start.Add(time.Hour)
	for n := range 13 {
		s.LearnRoute(Key{Path: fmt.Sprintf("/new-%c", 'a'+n)}, Visit{Time: at, Network: uint64(n), RanBy: "/index.php"}, limits)
	}
	s.NoteRoute(Key{Path: "/taken"}, Visit{Time: at, Method: MethodPost, Network: 9, Payload: true}, limits)
	s.LearnRoute(Key{Path: "/flagged"}, Visit{Time: at, Network: 9}, limits)
	s.Evidence.Add(FlaggedRequest{Time: at, Script: Key{Path: "/index.php"}, Route: "/flagged", Exists: true, Verdict: Suspicious, Score: 11})
	s.Decisions.SetTrust([]Key{{Path: "/new-a"}}, Trusted, by, at, limits)
	s.Decisions.Deny(nil, []DenialRule{endpointRule(t, "/index.php · /new-b/")}, by, at, limits)
	s.Decisions.Deny(nil, []DenialRule{endpointRule(t, "/index.php · /new-c*"), endpointRule(t, "/other.php · /new-d*")}, by, at, limits)
	list, further := s.ReviewEndpoints()
	if len(list) != 10 || further != 13+2-3-10 || list[0].Key().Path != "/flagged" || list[1].Key().Path != "/taken" || !list[1].Tried(MethodPost) || list[1].SeenNetworks() != 1 {
		t.Errorf("%d and %d further: %v %v", len(list), further, list[0].Key(), list[1].Key())
	}
	for _, p := range list {
		if path := p.Key().Path; path == "/new-a" || path == "/new-b" || path == "/new-c" || path == "/learned" {
			t.Errorf("%s is listed", path)
		}
	}
	if n := s.NewRoutes(); n != 14 {
		t.Errorf("%d new routes", n)
	}
	s.Decisions.SetTrust([]Key{{Path: "/flagged"}}, Trusted, by, at.Add(time.Second), limits)
	if e, ok := s.Evidence.Of(Key{Path: "/flagged"}); !ok || e.Standing {
		t.Errorf("approved: %+v", e)
	}
	if e, ok := s.Evidence.Of(Key{Path: "/index.php"}); !ok || !e.Standing {
		t.Errorf("the script: %+v", e)
	}
}
