package detector

import (
	"fmt"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// routeSite is a site of routes that has learned: /about and /page-n are read, /cart takes a form.
func routeSite(t *testing.T, run func(*Exchange)) *watch {
	w := newWatch(t)
	w.files[baseline.Key{Root: "/srv", Path: "/index.php"}] = File{State: FileThere}
	for n := range 300 {
		w.see(get("/about", n).with(run))
		w.see(get(fmt.Sprintf("/list/the-page-number-%d", n), n).with(run))
		w.see(get("/cart", n).with(post).with(run).with(status(303)))
	}
	w.learn(same, "/a.php")
	return w
}

// front has a request run the front controller of a known root.
func front(x *Exchange) {
	rooted(x)
	x.EffectivePath, x.EffectiveRoot = "/index.php", "/srv"
}

func TestKnownRoutesAreJudged(t *testing.T) {
	for name, run := range map[string]func(*Exchange){"without a root": same, "behind a front controller": front} {
		t.Run(name, func(t *testing.T) {
			w := routeSite(t, run)
			o := w.see(get("/about", stranger).with(post).with(unreferred).with(run))
			if o.request == Clean || !o.has(1002) {
				t.Errorf("a payload to a page: %+v", o)
			}
			if o := w.see(get("/cart", 3).with(post).with(run).with(status(303))); o.response != Clean {
				t.Errorf("a form: %+v", o)
			}
			if o := w.see(get("/about", stranger).with(unreferred).with(run)); o.response != Clean {
				t.Errorf("a reader: %+v", o)
			}
			p := w.m.Scripts.Lookup(baseline.Key{Root: get("", 1).with(run).Root, Path: "/cart"})
			if p == nil || !p.KnowsMethod(baseline.MethodPost) || (p.FrontController() == "/index.php") != (name != "without a root") {
				t.Errorf("%+v", p)
			}
		})
	}
}

// A folded template stands for names that nobody asked for: scanners ask for them.
func TestMissingNamesOfAFoldedRoute(t *testing.T) {
	w := routeSite(t, same)
	for _, code := range []int{400, 404, 405, 408, 410, 500} {
		if o := w.see(get("/list/an-unknown-page-number-9", stranger).with(post).with(unreferred).with(status(code))); o.response != Clean {
			t.Errorf("%d: %+v", code, o)
		}
	}
	if o := w.see(get("/list/an-unknown-page-number-9", stranger).with(post).with(unreferred)); o.response == Clean {
		t.Errorf("one that answers: %+v", o)
	}
}

func TestNewRouteOfAFrontController(t *testing.T) {
	w := routeSite(t, front)
	run := func(path string, n int) Exchange {
		return get(path, n).with(front).with(post).with(unreferred).with(says("{\"done\":true}")).with(kind("application/json"))
	}
	if o := w.see(run("/api/tools/run", stranger)); o.response != Suspicious || !o.has(1009) {
		t.Errorf("%+v", o)
	}
	if o := w.see(run("/api/tools/walk", stranger).with(status(404))); o.response != Clean {
		t.Errorf("not there: %+v", o)
	}
	key := baseline.Key{Root: "/srv", Path: "/api/tools/run"}
	p := w.m.Scripts.Lookup(key)
	if p == nil || !p.Novel() || p.FrontController() != "/index.php" {
		t.Fatalf("%+v", p)
	}
	if err := w.m.Decisions.SetTrust([]baseline.Key{key}, baseline.Trusted, baseline.Author{Via: "test"}, w.now, w.d.Limits()); err != nil {
		t.Fatal(err)
	}
	if o := w.see(run("/api/tools/run", stranger+1)); o.response != Clean || o.has(1009) {
		t.Errorf("approved: %+v", o)
	}
}

func TestEndpointsAreNamed(t *testing.T) {
	w := routeSite(t, front)
	for path, want := range map[string]string{"/about": "/index.php · /about", "/index.php": "/index.php", "/list/the-page-number-9": "/index.php · /list/{slug}"} {
		x := get(path, stranger).with(front).with(post).with(unreferred)
		x.Time = w.now
		var e Evaluation
		e.Whole(w.d, w.m, &x, func(j *Judgement) {
			if got := j.Endpoint(); got != want {
				t.Errorf("%s, at the %s: %q, want %q", path, j.Stage, got, want)
			}
		})
	}
}
