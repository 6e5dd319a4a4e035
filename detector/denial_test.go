package detector

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// deny denies scripts of the watch under a root.
func (w *watch) deny(root string, paths ...string) {
	w.t.Helper()
	w.decide(baseline.Denied, root, paths...)
}

func (w *watch) decide(trust baseline.Trust, root string, paths ...string) {
	w.t.Helper()
	for _, path := range paths {
		if err := w.m.Decisions.SetTrust([]baseline.Key{{Root: root, Path: path}}, trust, baseline.Author{Via: "test"}, w.now, w.d.Limits()); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (o outcome) denied() bool { return o.refuseRequest && o.has(signal.DeniedID) }

func options(x *Exchange) { x.Method = "OPTIONS" }

// A denied script is refused, before it runs, by every name by which servers run it.
func TestDeniedByAnyName(t *testing.T) {
	for denied, c := range map[string]struct{ refused, served []string }{
		"/about2.php": {
			refused: []string{"/about2.php", "/about2", "/about2.php/x", "/about2.PHP", "//about2", "/x/../about2", "/about2;a=b", "/%61bout2", "/about2.php.jpg"},
			served:  []string{"/about", "/about2.phtml", "/about2.html", "/about2x", "/x/about2", "/"},
		},
		"/newdir/index.php": {
			refused: []string{"/newdir/", "/newdir", "/newdir/index", "/newdir/index.php", "/newdir/.", "/newdir;x/", "/newdir/x/..", "//newdir//"},
			served:  []string{"/newdir/x", "/newdir/index.html", "/", "/x/newdir/", "/newdir/other.php", "/newdir/index.jsp"},
		},
		"/d/Default.aspx": {refused: []string{"/d/", "/d", "/d/Default"}, served: []string{"/d/x", "/"}},
		"/shop/index.jsp": {refused: []string{"/shop/", "/shop"}, served: []string{"/shop/x"}},
		"/index.php":      {refused: []string{"/", "/index", "/index.php"}, served: []string{"/x", "/x/"}},
		"/v1.2.php":       {refused: []string{"/v1.2"}, served: []string{"/v1"}},
		// The other way round: what was seen to be asked for, and denied, has a longer name.
		"/evil":     {refused: []string{"/evil", "/evil.php", "/evil/index.php"}, served: []string{"/evil2"}},
		"/evildir/": {refused: []string{"/evildir/", "/evildir/index.php", "/evildir/default.aspx"}, served: []string{"/evildir/x.php"}},
	} {
		t.Run(denied, func(t *testing.T) {
			w := newWatch(t)
			w.learn(same, "/a.php")
			w.deny("", denied)
			for _, how := range []func(*Exchange){same, post, options} {
				for _, path := range c.refused {
					if o := w.see(get(path, stranger).with(how)); !o.denied() {
						t.Errorf("%s is served: %+v", path, o)
					}
				}
				for _, path := range c.served {
					if o := w.see(get(path, stranger).with(how)); o.has(signal.DeniedID) {
						t.Errorf("%s is refused: %+v", path, o)
					}
				}
			}
		})
	}
}

// Where a root is known, what is there under the name that was asked for is not another.
func TestDeniedByAnyNameWithARoot(t *testing.T) {
	there := File{State: FileThere, Changed: start}
	w := rootedWatch(t)
	w.deny("/srv", "/about2.php", "/gone.php", "/newdir/index.php")
	for path, file := range map[string]File{"/about2.php": there, "/newdir/index.php": there, "/newdir": {State: FileOther}, "/newdir/": {State: FileOther}} {
		w.files[baseline.Key{Root: "/srv", Path: path}] = file
	}
	for _, path := range []string{"/about2", "/newdir", "/newdir/", "/gone.php"} {
		if o := w.see(get(path, stranger).with(rooted).with(post)); !o.denied() {
			t.Errorf("%s: %+v", path, o)
		}
	}
	w.files[baseline.Key{Root: "/srv", Path: "/about2"}] = there
	for _, path := range []string{"/about2", "/gone", "/other/"} {
		if o := w.see(get(path, stranger).with(rooted)); o.has(signal.DeniedID) {
			t.Errorf("%s is refused: %+v", path, o)
		}
	}
	t.Run("by a path that is mapped", func(t *testing.T) {
		w.m.Mappings.Learn("", "/app/x.php", baseline.Key{Root: "/srv", Path: "/x.php"})
		for _, path := range []string{"/app/newdir/", "/app/about2.php", "/app/newdir/index.php"} {
			if o := w.see(get(path, stranger)); !o.denied() {
				t.Errorf("%s: %+v", path, o)
			}
		}
	})
	t.Run("what ran", func(t *testing.T) {
		o := w.see(get("/pretty", stranger).with(rooted).with(func(x *Exchange) { x.EffectivePath, x.EffectiveRoot = "/newdir/", "/srv" }))
		if o.refuseRequest || !o.refuseResponse || !o.has(signal.DeniedID) {
			t.Errorf("%+v", o)
		}
	})
}

func TestTheLatestDecisionHolds(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	w.deny("", "/about2.php")
	w.now = w.now.Add(1)
	w.decide(baseline.Trusted, "", "/about2")
	if o := w.see(get("/about2", stranger)); o.has(signal.DeniedID) {
		t.Errorf("approved by this name, and refused: %+v", o)
	}
	if o := w.see(get("/about2.php", stranger)); !o.denied() {
		t.Errorf("%+v", o)
	}
	w.now = w.now.Add(1)
	w.deny("", "/about2.php")
	if o := w.see(get("/about2", stranger)); !o.denied() {
		t.Errorf("denied after that: %+v", o)
	}
	w.decide(baseline.Trusted, "", "/about2.php")
	if o := w.see(get("/about2", stranger)); o.has(signal.DeniedID) {
		t.Errorf("approved: %+v", o)
	}
}

// A route is no script, and may be denied all the same.
func TestADeniedRoute(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php", "/evil")
	w.deny("", "/evil")
	if o := w.see(get("/evil", stranger)); !o.denied() {
		t.Errorf("%+v", o)
	}
}

// rule makes a standing denial.
func (w *watch) rule(pattern, root, host string) {
	w.t.Helper()
	p, err := scriptpath.ParsePattern(pattern, w.d.namer)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.m.Decisions.Deny(nil, []baseline.DenialRule{{Pattern: p, Root: root, Host: host}}, baseline.Author{Via: "test"}, w.now, w.d.Limits()); err != nil {
		w.t.Fatal(err)
	}
}

// A denied pattern is a standing rule: it covers the script that comes tomorrow.
func TestDenialRules(t *testing.T) {
	denied := func(t *testing.T, w *watch, how func(*Exchange), paths ...string) {
		t.Helper()
		for _, path := range paths {
			if o := w.see(get(path, stranger).with(how)); !o.denied() {
				t.Errorf("%s is served: %+v", path, o)
			}
		}
	}
	served := func(t *testing.T, w *watch, how func(*Exchange), paths ...string) {
		t.Helper()
		for _, path := range paths {
			if o := w.see(get(path, stranger).with(how)); o.has(signal.DeniedID) {
				t.Errorf("%s is refused: %+v", path, o)
			}
		}
	}
	t.Run("without a root", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php", "/wp-content/uploads/known.php")
		w.rule("/wp-content/uploads/**", "", "")
		for _, how := range []func(*Exchange){same, post, options} {
			denied(t, w, how, "/wp-content/uploads/new.php", "/wp-content/uploads/2027/01/", "/wp-content/uploads/2027/x", "/wp-content/uploads/known.php",
				"/wp-content/uploads/x.php/y", "/wp-content/uploads/", "/wp-content//uploads/x.phtml", "/wp-content/uploads/x.php.jpg", "/b/..;/wp-content/uploads/x.jsp")
			served(t, w, how, "/a.php", "/wp-content/x.php", "/", "/wp-content/", "/wp-content/uploads2/x.php")
		}
		served(t, w, same, "/wp-content/uploads/photo.jpg", "/wp-content/uploads/style.css")
		denied(t, w, post, "/wp-content/uploads/photo.jpg")
		if o := w.see(get("/wp-content/uploads/new.php", stranger)); !slices.Contains(o.why, "denied 0.0: an operator denied '/wp-content/uploads/**'") {
			t.Errorf("%q", o.why)
		}
	})
	t.Run("of names", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		w.rule("/**/sh*.php", "", "")
		denied(t, w, post, "/shell.php", "/x/y/shop2.php", "/x/shell")
		served(t, w, post, "/shell.jsp", "/x/hell", "/x/")
	})
	t.Run("with a root", func(t *testing.T) {
		w := rootedWatch(t)
		w.rule("/blog/**", "", "")
		there := File{State: FileThere, Changed: start}
		for path, file := range map[string]File{
			"/blog": {State: FileOther}, "/blog/": {State: FileOther}, "/blog/there.php": there, "/blog/file": there,
			"/blog/dir": {State: FileOther}, "/blog/dir/": {State: FileOther}, "/blog/dir/default.aspx": there, "/blog/empty/": {State: FileOther},
		} {
			w.files[baseline.Key{Root: "/srv", Path: path}] = file
		}
		denied(t, w, rooted, "/blog/there.php", "/blog/there", "/blog/missing.php", "/blog/dir/", "/blog/dir")
		served(t, w, rooted, "/blog/my-post", "/blog/my-category/", "/blog/empty/", "/blog/file", "/blog/x.css")
	})
	t.Run("of a root or a host", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		w.rule("/x/**", "/srv/a", "")
		w.rule("/y.php", "", "Shop.example.com")
		w.rule("/d/Default.aspx", "", "shop.example.com")
		w.rule("/evil", "", "shop.example.com")
		under := func(root string) func(*Exchange) { return func(x *Exchange) { x.Root = root } }
		on := func(host string) func(*Exchange) { return func(x *Exchange) { x.Host = host } }
		denied(t, w, under("/srv/a"), "/x/b.php")
		served(t, w, under("/srv/b"), "/x/b.php")
		for _, host := range []string{"shop.example.com", "SHOP.example.com:8443", "shop.example.com."} {
			denied(t, w, on(host), "/y.php", "/y", "/y.php/z", "/d/", "/d", "/d/Default.aspx", "/evil", "/evil.php")
		}
		served(t, w, on("www.example.com"), "/y.php", "/y", "/d/", "/evil")
	})
	t.Run("a later approval wins", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php", "/x/old.php")
		w.decide(baseline.Trusted, "", "/x/old.php")
		w.now = w.now.Add(1)
		w.rule("/x/**", "", "")
		w.now = w.now.Add(1)
		w.decide(baseline.Trusted, "", "/x/good.php", "/x/index.php")
		served(t, w, post, "/x/good.php", "/x/good", "/x/index.php", "/x/", "/x")
		denied(t, w, post, "/x/old.php", "/x/bad.php", "/x/y/")
		w.now = w.now.Add(1)
		w.rule("/x/**", "", "")
		denied(t, w, post, "/x/good.php", "/x/good")
		w.m.Decisions.WithdrawDenials(w.m.Denials.Rules(), baseline.Author{Via: "test"}, w.now)
		served(t, w, post, "/x/good.php", "/x/old.php", "/x/bad.php", "/x/y/")
	})
	t.Run("in containment", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		w.rule("/a*", "", "")
		w.m.Containment.Begin(0, false, baseline.Author{Via: "test"}, w.now)
		denied(t, w, same, "/a.php", "/ab.php")
	})
}

// Whoever writes the path must not choose how often the disk is asked, or for how long
// rules are compared.
func TestDenialsLookSeldom(t *testing.T) {
	w := rootedWatch(t)
	looks := &countedFiles{files: w}
	w.d.options.Files = looks
	w.deny("/srv", "/x.php", "/x/index.php")
	for n := range 999 {
		w.rule(fmt.Sprintf("/**/x%d*", n), "", "")
	}
	w.rule("/**", "", "")
	for n := range 64 {
		w.m.Mappings.Learn("/srv", fmt.Sprintf("/m%d/x.php", n), baseline.Key{Root: fmt.Sprintf("/r%d", n), Path: "/x.php"})
	}
	for _, path := range []string{"/x", "/x/", "/m1/x", strings.Repeat("/a.php", 600), "/" + strings.Repeat(".php", 1000), strings.Repeat("/a", 2000)} {
		looks.n = 0
		began := time.Now()
		w.see(get(path, stranger).with(rooted))
		if looks.n > 2*maxDenialLooks+300 {
			t.Errorf("%.20s: %d looks at files", path, looks.n)
		}
		t.Logf("%.20s: %d looks, %s", path, looks.n, time.Since(began))
		if took := time.Since(began); took > time.Second {
			t.Errorf("%.20s: took %s", path, took)
		}
	}
}

// A known script costs no allocation, whatever else is denied.
func TestDenialsAllocateNothing(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php", "/x/b.php")
	w.deny("", "/d.php")
	for n := range 100 {
		w.rule(fmt.Sprintf("/uploads/%d/**", n), "", "")
	}
	w.rule("/x/c*", "", "")
	for _, path := range []string{"/a.php", "/x/b.php", "/a.php/path/info"} {
		x := get(path, 3)
		x.Time, x.EffectivePath = w.now, path
		var e Evaluation
		e.Begin(w.d, w.m, &x)
		found, _ := w.d.locate(w.m, &x, w.d.namer.Name(path))
		if n := leastAllocations(func() { e.findDenial("", path, "", found) }); n > 0 {
			t.Errorf("%s: %v allocations", path, n)
		}
	}
}
