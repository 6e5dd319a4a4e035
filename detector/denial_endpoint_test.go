package detector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// denyEndpoint makes a standing denial of an endpoint.
func (w *watch) denyEndpoint(name, root, host string) {
	w.t.Helper()
	n, err := baseline.ParseEndpointName(name)
	if err != nil {
		w.t.Fatal(err)
	}
	if n.Route == "" {
		n.Script, n.Route = "", n.Script
	}
	p, err := baseline.NewEndpointPattern(n, w.d.namer)
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Add(time.Millisecond)
	if err := w.m.Decisions.Deny(nil, []baseline.DenialRule{{Endpoint: p, Root: root, Host: host}}, baseline.Author{Via: "test"}, w.now, w.d.Limits()); err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Add(time.Millisecond)
}

// by has a request run a script of a known root.
func by(script string) func(*Exchange) {
	return func(x *Exchange) {
		rooted(x)
		x.EffectivePath, x.EffectiveRoot = script, "/srv"
	}
}

func (w *watch) refusedBefore(how func(*Exchange), paths ...string) {
	w.t.Helper()
	for _, path := range paths {
		if o := w.see(get(path, stranger).with(how)); !o.denied() {
			w.t.Errorf("%s is served: %+v", path, o)
		}
	}
}

func (w *watch) refusedAfter(how func(*Exchange), paths ...string) {
	w.t.Helper()
	for _, path := range paths {
		if o := w.see(get(path, stranger).with(how)); o.refuseRequest || !o.refuseResponse || !o.has(signal.DeniedID) {
			w.t.Errorf("%s is not refused at its answer: %+v", path, o)
		}
	}
}

func (w *watch) served(how func(*Exchange), paths ...string) {
	w.t.Helper()
	for _, path := range paths {
		if o := w.see(get(path, stranger).with(how)); o.has(signal.DeniedID) {
			w.t.Errorf("%s is refused: %+v", path, o)
		}
	}
}

// A denied route is refused before it runs, for every path that its template covers, by
// every way of asking the front controller for it.
func TestDeniedRoutes(t *testing.T) {
	for denied, c := range map[string]struct{ refused, served []string }{
		"/index.php · /about":            {refused: []string{"/about", "/about/", "//about", "/x/../about", "/%61bout", "/About", "/index.php/about", "/index.php//about/"}, served: []string{"/about2", "/list/x", "/about/x", "/", "/index.php", "/index.php/about2"}},
		"/about":                         {refused: []string{"/about", "/about/", "/index.php/about"}, served: []string{"/about/x", "/a.php/about"}},
		"/index.php · /list/{slug}":      {refused: []string{"/list/the-page-number-77", "/list/a-new-page-too/"}, served: []string{"/list/", "/list/x", "/about"}},
		"/list/{slug}":                   {refused: []string{"/list/the-page-number-77", "/index.php/list/the-page-number-7"}, served: []string{"/list/", "/a.php/list/the-page-number-7"}},
		"/index.php · /api/{*}/run":      {refused: []string{"/api/tools/run", "/api/x.json/run", "/API/Tools/Run/"}, served: []string{"/api/tools/walk", "/api/12/run", "/api/run", "/api/tools/run/x"}},
		"/index.php · /api/**":           {refused: []string{"/api/tools/run", "/api/12", "/api/", "/api/x.json"}, served: []string{"/apis", "/about"}},
		"/ind*.php · /api/{**}":          {refused: []string{"/api/tools/run", "/api/12/x"}, served: []string{"/about"}},
		"/index.php · /user/{n}/avatar*": {refused: []string{"/user/12/avatar", "/user/7/avatar-small"}, served: []string{"/user/12/name"}},
	} {
		t.Run(denied, func(t *testing.T) {
			w := routeSite(t, front)
			w.denyEndpoint(denied, "", "")
			for _, how := range []func(*Exchange){same, post, options} {
				run := func(x *Exchange) { front(x); how(x) }
				w.refusedBefore(run, c.refused...)
				w.served(run, c.served...)
			}
		})
	}
}

// No path is too long to be denied.
func TestDeniedRoutesOfAnyLength(t *testing.T) {
	w := routeSite(t, front)
	w.denyEndpoint("/index.php · /api/**", "", "")
	w.denyEndpoint("/index.php · /files/{slug}", "", "")
	w.refusedBefore(front, "/api/"+strings.Repeat("a", 100), "/api/"+strings.Repeat("a", 1<<16), "/api"+strings.Repeat("/a", 1<<15), "/files/"+strings.Repeat("a", 5000))
	w.served(front, "/about/"+strings.Repeat("a", 5000))
}

// It holds behind that front controller only which is named.
func TestDeniedRoutesOfOneFrontController(t *testing.T) {
	w := routeSite(t, front)
	w.files[baseline.Key{Root: "/srv", Path: "/other.php"}] = File{State: FileThere}
	for n := range 9 {
		w.see(get("/shared", n).with(by("/other.php")))
	}
	w.denyEndpoint("/other.php · /about", "", "")
	w.served(front, "/about")
	w.refusedAfter(by("/other.php"), "/about")
	w.denyEndpoint("/index.php · /shared", "", "")
	w.served(by("/other.php"), "/shared", "/other.php/shared")
	w.refusedAfter(front, "/shared")
	w.refusedBefore(front, "/index.php/shared")
	t.Run("of an application without scripts", func(t *testing.T) {
		w := routeSite(t, same)
		w.denyEndpoint("/index.php · /about", "", "")
		w.served(same, "/about")
		w.denyEndpoint("/about", "", "")
		w.refusedBefore(same, "/about")
	})
	t.Run("that nobody has seen yet", func(t *testing.T) {
		w := newWatch(t)
		w.learn(rooted, "/index.php")
		w.denyEndpoint("/index.php · /api/{*}", "", "")
		w.refusedAfter(by("/index.php"), "/api/run")
		w.served(by("/a.php"), "/api/run")
	})
}

func TestDeniedRoutesOfARootOrAHost(t *testing.T) {
	w := routeSite(t, front)
	w.denyEndpoint("/about", "/srv/other", "")
	w.denyEndpoint("/cart", "", "shop.example.com")
	on := func(host string) func(*Exchange) { return func(x *Exchange) { front(x); x.Host = host } }
	w.served(front, "/about", "/cart")
	w.served(on("www.example.com"), "/cart")
	w.refusedBefore(on("Shop.example.com:8443"), "/cart")
	w.denyEndpoint("/about", "/srv", "")
	w.refusedBefore(front, "/about")
}

// Files are no routes.
func TestFilesUnderADeniedTemplate(t *testing.T) {
	w := routeSite(t, front)
	w.denyEndpoint("/index.php · /list/**", "", "")
	for _, path := range []string{"/list/file", "/list/style.css", "/list/photo.jpg"} {
		w.files[baseline.Key{Root: "/srv", Path: path}] = File{State: FileThere}
	}
	file := func(x *Exchange) { rooted(x); x.EffectivePath, x.EffectiveRoot = x.Path, "/srv" }
	w.served(file, "/list/file", "/list/style.css", "/list/photo.jpg")
	w.refusedBefore(front, "/list/other", "/list/missing.css")
	t.Run("where no root is known", func(t *testing.T) {
		w := routeSite(t, same)
		w.denyEndpoint("/list/**", "", "")
		w.served(same, "/list/style.css")
		w.refusedBefore(post, "/list/style.css")
		w.refusedBefore(same, "/list/x")
	})
}

// Decisions about routes: the latest holds, and one that is taken back leaves nothing.
func TestDecisionsAboutADeniedRoute(t *testing.T) {
	w := routeSite(t, front)
	approve := func(path string) {
		w.now = w.now.Add(time.Millisecond)
		w.decide(baseline.Trusted, "/srv", path)
		w.now = w.now.Add(time.Millisecond)
	}
	w.denyEndpoint("/index.php · /**", "", "")
	w.refusedBefore(front, "/about", "/list/the-page-number-7")
	approve("/list/{slug}")
	w.served(front, "/list/the-page-number-7")
	w.refusedBefore(front, "/about")
	w.denyEndpoint("/index.php · /list/{slug}", "", "")
	w.refusedBefore(front, "/list/the-page-number-7")
	w.m.Decisions.WithdrawDenials(w.m.Denials.Rules(), baseline.Author{Via: "test"}, w.now)
	w.served(front, "/about", "/list/the-page-number-7")
	t.Run("the profile itself", func(*testing.T) {
		w.decide(baseline.Denied, "/srv", "/list/{slug}")
		w.refusedBefore(front, "/list/the-page-number-7", "/index.php/list/the-page-number-7")
		w.served(front, "/about")
		approve("/list/{slug}")
		w.served(front, "/list/the-page-number-7")
	})
	t.Run("a pattern of paths, and a route that was approved since", func(t *testing.T) {
		w := routeSite(t, same)
		w.rule("/list/**", "", "")
		w.refusedBefore(same, "/list/the-page-number-7")
		w.now = w.now.Add(time.Millisecond)
		w.decide(baseline.Trusted, "", "/list/{slug}")
		w.served(same, "/list/the-page-number-7")
		w.refusedBefore(same, "/list/x")
	})
}

// A denied route is refused in every phase, and while the site is contained.
func TestDeniedRoutesInEveryPhase(t *testing.T) {
	w := newWatch(t)
	w.denyEndpoint("/api/{*}", "", "")
	w.refusedBefore(same, "/api/run")
	w.learn(same, "/a.php", "/about")
	w.refusedBefore(post, "/api/run")
	if p := w.m.Scripts.Lookup(baseline.Key{Path: "/api/run"}); p != nil {
		t.Errorf("learned from what was refused: %+v", p)
	}
	w.m.Containment.Begin(0, false, baseline.Author{Via: "test"}, w.now)
	w.refusedBefore(same, "/api/run")
	if list, _ := w.m.Containment.Refusals(); len(list) != 0 {
		t.Errorf("listed as containment's: %+v", list)
	}
}

func TestADeniedRouteIsNamed(t *testing.T) {
	w := routeSite(t, front)
	w.denyEndpoint("/index.php·/api/{*}/run", "", "")
	w.denyEndpoint("/other.php · /about", "", "")
	for path, c := range map[string]struct {
		run  func(*Exchange)
		name string
		rule string
	}{
		"/api/tools/run": {front, "/index.php · /api/tools/run", "/index.php · /api/{*}/run"},
		"/about":         {by("/other.php"), "/other.php · /about", "/other.php · /about"},
	} {
		x := get(path, stranger).with(c.run)
		x.Time = w.now
		var e Evaluation
		said := ""
		e.Whole(w.d, w.m, &x, func(j *Judgement) {
			if j.Refusal == RefusedDenied && said == "" {
				said = j.Endpoint() + ": " + j.Why(j.Findings()[0])
			}
		})
		if want := c.name + ": an operator denied '" + c.rule + "'"; said != want {
			t.Errorf("%s: %q, want %q", path, said, want)
		}
	}
}

// What is held against a new route is kept of it, not only of its front controller.
func TestEvidenceOfRoutes(t *testing.T) {
	w := routeSite(t, front)
	w.see(get("/api/tools/run", stranger).with(front).with(post).with(unreferred).with(says("{\"done\":true}")).with(kind("application/json")))
	key := baseline.Key{Root: "/srv", Path: "/api/tools/run"}
	if e, ok := w.m.Evidence.Of(key); !ok || !e.Standing || e.Verdict != Suspicious || e.Networks != 1 {
		t.Errorf("%+v", e)
	}
	if r := w.latest(); r.Route != key.Path || r.Script.Path != "/index.php" {
		t.Errorf("%+v", r)
	}
	list, _ := w.m.ReviewEndpoints()
	if len(list) != 1 || list[0].Key() != key {
		t.Errorf("%+v", list)
	}
}

// Containment lists a path that names no script as the route that it is one of.
func TestContainmentListsRoutes(t *testing.T) {
	w := routeSite(t, same)
	w.m.Containment.Begin(0, true, baseline.Author{Via: "test"}, w.now)
	for n := range 20 {
		w.see(get(fmt.Sprintf("/orders/%d/pay", n), n).with(post))
	}
	list, _ := w.m.Containment.Refusals()
	if len(list) != 1 || list[0].Path != "/orders/{n}/pay" || list[0].Count != 20 {
		t.Fatalf("%+v", list)
	}
	w.decide(baseline.Trusted, "", list[0].Path)
	w.m.Containment.Begin(0, false, baseline.Author{Via: "test"}, w.now)
	if err := w.m.Decisions.SetTrustOf([]baseline.EndpointKey{{EndpointName: baseline.EndpointName{Route: "/new/{n}"}}}, baseline.Trusted, baseline.Author{Via: "test"}, w.now, w.d.Limits()); err != nil {
		t.Fatal(err)
	}
	if o := w.see(get("/new/7", 3)); o.refuseRequest || o.refuseResponse {
		t.Errorf("approved: %+v", o)
	}
	if o := w.see(get("/other/7", 3)); !o.refuseResponse {
		t.Errorf("not approved: %+v", o)
	}
}
