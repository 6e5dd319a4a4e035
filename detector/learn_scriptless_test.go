package detector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// shopFront is what an application shows that does everything in the browser.
const shopFront = "<!doctype html><title>Shop</title><nav>Home Products About Contact</nav><h1>Welcome to our little shop</h1><div id=root></div><noscript>Please allow scripts</noscript>"

// byCoverage has learning end by coverage, too.
func byCoverage(o *Options) { o.Limits.Coverage = 0.95 }

// encoded gives a payload that nobody can read.
func encoded(x *Exchange) {
	x.Method, x.HasBody = "POST", true
	x.Header = map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}
	x.Body = []byte("cmd=" + strings.Repeat("Zm9vYmFyYmF6cXV4c3BhbWhhbQ7Qk1", 20))
	x.Sent = int64(len(x.Body))
}

// served has visitors read a site of routes and files.
func served(w *watch, visitors int) {
	for n := range visitors {
		for _, path := range []string{"/", "/orders", "/items/12"} {
			w.see(get(path, n).with(says(shopFront)))
		}
		w.see(get("/style.css", n).with(says("body { color: black }")).with(func(x *Exchange) { x.ContentType = "text/css" }))
	}
}

// TestScannersDoNotKeepASiteWithoutScriptsFromEnforcing has somebody probe before the
// answer to missing names is known.
func TestScannersDoNotKeepASiteWithoutScriptsFromEnforcing(t *testing.T) {
	notFound := func(x *Exchange) { says(nothingHere)(x); x.Status = 404 }
	for name, c := range map[string]struct {
		change func(*Exchange)
		known  int // names that are asked for before
		kept   int // scripts that there may be meanwhile
		gone   bool
	}{
		"a payload":                      {func(x *Exchange) { encoded(x); notFound(x) }, 0, 0, true},
		"answered 410":                   {func(x *Exchange) { encoded(x); notFound(x); x.Status = 410 }, 0, 0, true},
		"by PUT":                         {func(x *Exchange) { encoded(x); notFound(x); x.Method = "PUT" }, 0, 0, true},
		"another page than reading gets": {func(x *Exchange) { post(x); says(`{"error":"no such thing"}`)(x); x.Status = 404 }, 5, 0, true},
		"answered with success, as a name may be":    {func(x *Exchange) { says("nothing")(x) }, 0, 1, false},
		"and so is a payload":                        {func(x *Exchange) { post(x); says("nothing")(x) }, 0, 1, false},
		"a page of the application, before its home": {says(shopFront), 0, 1, true},
		"and so is a payload's":                      {func(x *Exchange) { post(x); says(shopFront)(x) }, 0, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatch(t, byCoverage)
			for n := range c.known {
				w.see(get(fmt.Sprintf("/old-%d.php", n), 700+n).with(unreferred).with(notFound))
			}
			w.see(get("/1.php", 800).with(unreferred).with(c.change))
			served(w, 20)
			if w.m.Scripts.Count(baseline.Provisional) > c.kept {
				t.Errorf("%d scripts", w.m.Scripts.Count(baseline.Provisional))
			}
			w.enforce()
			if p := w.m.Scripts.Lookup(baseline.Key{Path: "/1.php"}); c.gone && p != nil || p != nil && p.Trust() == baseline.Trusted {
				t.Errorf("kept: %+v", p)
			}
		})
	}
}

// TestAScriptThatAnswers404MayBeLearned has several networks get the same page, which is
// not that of missing names.
func TestAScriptThatAnswers404MayBeLearned(t *testing.T) {
	w := newWatch(t)
	for n := range 5 {
		w.see(get(fmt.Sprintf("/old-%d.php", n), 700+n).with(unreferred).with(says(nothingHere)).with(status(404)))
	}
	for n := range 4 {
		w.see(get("/lookup.php", n).with(says("this customer is not on our list, which is not to say that there is none, so ask again")).with(status(404)))
	}
	if p := w.m.Scripts.Lookup(baseline.Key{Path: "/lookup.php"}); p == nil || p.Networks() < 3 {
		t.Errorf("%+v", p)
	}
}

// TestLearningGoesOnWhereNobodyElseComes: a scanner alone shows nothing of the site.
func TestLearningGoesOnWhereNobodyElseComes(t *testing.T) {
	w := newWatch(t, byCoverage)
	w.see(get("/1.php", 800).with(unreferred).with(says("nothing")))
	if w.m.Phases.Advance(w.now.Add(time.Hour), w.d.Limits()) != baseline.Learning {
		t.Error("learning ended")
	}
}
