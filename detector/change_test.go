package detector

import (
	"fmt"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

const plugin = "/wp-content/plugins/x/"

// form is a payload as a form of the site sends it.
func form(x *Exchange) {
	post(x)
	x.Origin = "https://example.com"
	x.Header = map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}
	x.Body, x.Sent = []byte("name=Ann&text=hello+there"), 25
	x.ContentType, x.Answer, x.AnswerTaken = "text/html", []byte("<p>Thank you"), true
}

// installed is a site with a root or without, on which staff have installed a plugin of
// three scripts by a page that they used while the site was learned.
func installed(t *testing.T, root string) *watch {
	t.Helper()
	w := newWatch(t)
	in := func(x *Exchange) { x.Root = root }
	there := func(path string, changed time.Time) {
		if root != "" {
			w.files[baseline.Key{Root: root, Path: path}] = File{State: FileThere, Changed: changed}
		}
	}
	for _, page := range []string{"/a.php", "/wp-admin/update.php"} {
		there(page, start.Add(-time.Hour))
	}
	for range 2 {
		w.see(get("/a.php", 7).with(in))
	}
	w.see(get("/wp-admin/update.php", 7).with(in).with(form))
	w.learn(in, "/a.php")
	for n := range 40 {
		w.see(get("/a.php", n).with(in))
	}
	w.see(get("/wp-admin/update.php", 7).with(in).with(form))
	w.now = w.now.Add(time.Minute)
	for _, name := range []string{"a", "b", "c", "shell"} {
		there(plugin+name+".php", w.now)
	}
	for i, name := range []string{"a", "b", "c"} {
		o := w.see(get(plugin+name+".php", i).with(in))
		if i > 0 && o.response != Clean {
			t.Fatalf("who reads script %d of the plugin: %+v", i+1, o)
		}
	}
	return w
}

func TestPluginIsToldOfOnce(t *testing.T) {
	for _, root := range []string{"", "/srv"} {
		w := installed(t, root)
		in := func(x *Exchange) { x.Root = root }
		if list := w.m.Changes.Tell(w.now, false); len(list) != 0 {
			t.Errorf("told before it settled: %+v", list)
		}
		list := w.m.Changes.Tell(w.now.Add(2*time.Minute), false)
		if len(list) != 1 || list[0].Directory.Path != plugin || len(list[0].Scripts) != 3 || list[0].Client != address(7) || list[0].After != "/wp-admin/update.php" {
			t.Fatalf("root %q: %+v", root, list)
		}
		if again := w.m.Changes.Tell(w.now.Add(time.Hour), true); len(again) != 0 {
			t.Errorf("told twice: %+v", again)
		}
		for n := range 30 {
			if o := w.see(get(plugin+"b.php", stranger+n).with(in)); o.response != Clean {
				t.Fatalf("a stranger who comes by a link: %+v", o)
			}
			if o := w.see(get(plugin+"b.php", stranger+n).with(in).with(unreferred)); o.response != Clean {
				t.Fatalf("and out of nowhere: %+v", o)
			}
		}
		if o := w.see(get(plugin+"a.php", 3).with(in).with(form)); o.refuseRequest || o.refuseResponse || o.response == Malicious {
			t.Errorf("root %q: a visitor's form: %+v", root, o)
		}
		key := baseline.Key{Root: root, Path: plugin + "a.php"}
		if e, _ := w.m.Evidence.Of(key); !e.Standing || !e.Mere || !w.m.Changes.Of(key) {
			t.Errorf("what speaks against a script that was first read before the others: %+v", e)
		}
	}
}

// What is no visitor's doing is judged as ever.
func TestShellWithinAPluginIsFound(t *testing.T) {
	for _, root := range []string{"", "/srv"} {
		for name, x := range map[string]Exchange{
			"a command from nowhere":            get(plugin+"shell.php", stranger).with(post).with(unreferred),
			"by a visitor":                      get(plugin+"shell.php", 3).with(post).with(unreferred),
			"by a stranger who forges Referers": get(plugin+"shell.php", stranger).with(form),
			"that nobody can read": get(plugin+"shell.php", 3).with(form).with(func(x *Exchange) {
				x.Body = fmt.Appendf(nil, "x=%0400d", 7)
			}),
			"answered without markup": get(plugin+"shell.php", 3).with(form).with(func(x *Exchange) { x.Answer = []byte("uid=33") }),
			"in a query, by a stranger": get(plugin+"shell.php", stranger).with(unreferred).with(func(x *Exchange) {
				x.Query = "c=id"
			}),
			"read, and answered without markup": get(plugin+"shell.php", stranger).with(unreferred).with(func(x *Exchange) {
				x.ContentType, x.Answer, x.AnswerTaken = "text/html", []byte("uid=33"), true
			}),
		} {
			w := installed(t, root)
			x.Root = root
			o := w.see(x)
			if o.response == Clean {
				t.Errorf("root %q, %s: %+v", root, name, o)
			}
			if e, _ := w.m.Evidence.Of(baseline.Key{Root: root, Path: plugin + "shell.php"}); !e.Standing || e.Mere {
				t.Errorf("root %q, %s: a pattern approves it: %+v", root, name, e)
			}
		}
	}
}

// Without a cause, or where data is kept, new scripts are what they were.
func TestWhatIsNoChange(t *testing.T) {
	for name, c := range map[string]struct {
		directory string
		sender    int // a network, or −1
		wait      time.Duration
	}{
		"nobody sent anything":  {plugin, -1, time.Minute},
		"an hour before":        {plugin, 7, time.Hour},
		"by a stranger":         {plugin, stranger, time.Minute},
		"where data is kept":    {"/uploads/x/", 7, time.Minute},
		"in a hidden directory": {"/.x/", 7, time.Minute},
	} {
		w := newWatch(t)
		for range 2 {
			w.see(get("/a.php", 7))
		}
		w.see(get("/form.php", 7).with(form))
		w.learn(same, "/a.php")
		if c.sender >= 0 {
			w.see(get("/form.php", c.sender).with(form))
		}
		w.now = w.now.Add(c.wait)
		for i, script := range []string{"a", "b", "c"} {
			if o := w.see(get(c.directory+script+".php", stranger+i).with(unreferred)); o.response == Clean {
				t.Errorf("%s: script %d is read in peace", name, i+1)
			}
		}
		if list := w.m.Changes.List(); len(list) != 0 {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

// A rarely used page that somebody finds came with nothing: it hides no shell beside it.
func TestOldPageMakesNoChange(t *testing.T) {
	for name, c := range map[string]struct {
		changed time.Duration // of the other page's file, since the guard began to learn
		told    bool
	}{
		"older than the guard":    {-time.Hour, true},
		"as new as its neighbour": {0, false},
	} {
		w := newWatch(t)
		in := func(x *Exchange) { x.Root = "/srv" }
		there := func(path string, changed time.Time) {
			w.files[baseline.Key{Root: "/srv", Path: path}] = File{State: FileThere, Changed: changed, Settled: changed}
		}
		there("/a.php", start.Add(-time.Hour))
		w.learn(in, "/a.php")
		w.now = w.now.Add(time.Minute)
		there("/fresh.php", w.now)
		if there("/other.php", w.now); c.changed < 0 {
			there("/other.php", start.Add(c.changed))
		}
		w.see(get("/other.php", stranger).with(in).with(unreferred))
		if o := w.see(get("/fresh.php", stranger+1).with(in).with(unreferred)); (o.response != Clean) != c.told {
			t.Errorf("beside a page %s: %+v", name, o)
		}
		if n := len(w.m.Changes.List()); (n == 0) != c.told {
			t.Errorf("beside a page %s: %d changes", name, n)
		}
	}
}
