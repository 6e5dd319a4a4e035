package detector

import (
	"fmt"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

func TestShortNameOfANewFile(t *testing.T) {
	for asked, file := range map[string]string{
		"/newdir/": "/newdir/index.php", "/newdir": "/newdir/index.php", "/newdir/\x20": "/newdir/index.php",
		"/about2": "/about2.php", "/lib/about2": "/lib/about2.jsp", "/newdir//": "/newdir/default.aspx", "/x.y": "/x.y.phtml",
		"/lib/./about2": "/lib/about2.php",
	} {
		t.Run(asked, func(t *testing.T) {
			w := rootedWatch(t)
			w.dir("/newdir", "/lib", "/")
			w.drop(file, w.now)
			if o := w.see(get(asked, stranger).with(rooted).with(post)); !o.refuseRequest || !o.has(1003) {
				t.Errorf("a payload: %+v", o)
			}
			if p := w.m.Scripts.Lookup(baseline.Key{Root: "/srv", Path: file}); p == nil || !p.Novel() {
				t.Errorf("%s is not the script", file)
			}
			if o := w.see(get(asked, stranger+1).with(rooted).with(unreferred).with(query("c=id"))); o.response != Suspicious || !o.has(1003) {
				t.Errorf("a read: %+v", o)
			}
		})
	}
	t.Run("of which nothing is new says nothing", func(t *testing.T) {
		w := rootedWatch(t)
		w.dir("/old", "/")
		for _, file := range []string{"/old/index.php", "/about2.php"} {
			w.drop(file, start.Add(-time.Hour))
		}
		for _, asked := range []string{"/about2", "/nothing"} {
			if o := w.see(get(asked, stranger).with(rooted).with(post).with(unreferred)); o.response != Clean {
				t.Errorf("%s: %+v", asked, o)
			}
		}
	})
	t.Run("of a file that is there stands for itself", func(t *testing.T) {
		w := rootedWatch(t)
		w.drop("/about2", w.now)
		w.drop("/about2.php", w.now)
		if o := w.see(get("/about2", stranger).with(rooted).with(query("c=id"))); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("of a known script is that script", func(t *testing.T) {
		w := rootedWatch(t)
		if o := w.see(get("/a", stranger).with(rooted).with(post).with(unreferred)); !o.has(1002) {
			t.Errorf("%+v", o)
		}
	})
	t.Run("that was learned stands for itself", func(t *testing.T) {
		w := newWatch(t)
		w.files[baseline.Key{Root: "/srv", Path: "/a.php"}] = File{State: FileThere, Changed: start.Add(-time.Hour)}
		for n := range 30 {
			w.see(get("/orders", n).with(rooted).with(post))
		}
		w.learn(rooted, "/a.php")
		w.drop("/orders.php", w.now)
		if o := w.see(get("/orders", stranger).with(rooted).with(post).with(unreferred)); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("where nobody may look", func(t *testing.T) {
		w := rootedWatch(t)
		w.dir("/private")
		w.files[baseline.Key{Root: "/srv", Path: "/private/index.php"}] = File{Hidden: true}
		if o := w.see(get("/private/", stranger).with(rooted).with(post)); !o.refuseRequest || !o.has(1071) {
			t.Errorf("%+v", o)
		}
	})
}

func TestShortNamesAreLookedForSeldom(t *testing.T) {
	w := rootedWatch(t)
	looks := &countedFiles{files: w}
	w.d.options.Files = looks
	w.files[baseline.Key{Root: "/srv", Path: "/"}] = File{State: FileOther, Changed: start.Add(-time.Hour)}
	for what, tt := range map[string]struct {
		x    Exchange
		most int
	}{
		"a read where nothing was put": {get("/page", 3).with(rooted), 3},
		"a read in no directory":       {get("/blog/page", 3).with(rooted), 3},
		"a page that is no directory":  {get("/blog/page/", 3).with(rooted), 5},
		"a static file":                {get("/a.css", 3).with(rooted), 0},
		"a payload":                    {get("/page", 3).with(rooted).with(post), 150},
	} {
		looks.n = 0
		var e Evaluation
		tt.x.Time = w.now
		e.Begin(w.d, w.m, &tt.x)
		if looks.n > tt.most {
			t.Errorf("%s: %d looks", what, looks.n)
		}
	}
}

func TestShortNameWithoutFiles(t *testing.T) {
	for _, asked := range []string{"/newdir/", "/about2", "/lib/about2"} {
		t.Run("takes a payload as a new script does, "+asked, func(t *testing.T) {
			w := newWatch(t)
			w.learn(same, "/a.php")
			x := get(asked, stranger).with(post).with(unreferred)
			if o := w.see(x); o.request != Suspicious || o.refuseRequest || o.response != Suspicious || !o.has(1001) {
				t.Errorf("%+v", o)
			}
			if o := w.see(x.with(says("uid=33(www-data)"))); o.response != Malicious || o.refuseRequest {
				t.Errorf("%+v", o)
			}
			if o := w.see(x.with(status(404)).with(func(x *Exchange) { x.Client = address(stranger + 1) })); o.response != Clean {
				t.Errorf("it is not there: %+v", o)
			}
		})
	}
	t.Run("that is only read says nothing", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		if o := w.see(get("/about2", stranger).with(unreferred).with(query("c=id"))); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("of an application with routes counts if something agrees, and is not refused", func(t *testing.T) {
		w := newWatch(t)
		for n := range 60 {
			w.see(get(fmt.Sprintf("/api/users/%d", n), n%30).with(post))
		}
		w.learn(same, "/a.php")
		x := get("/api/export", stranger).with(post).with(unreferred)
		if o := w.see(x); o.request != Clean || o.response != Clean {
			t.Errorf("%+v", o)
		}
		if o := w.see(x.with(says("uid=33(www-data)"))); o.request != Clean || o.response != Suspicious || o.refuseResponse {
			t.Errorf("%+v", o)
		}
		for n := range 100 { // things are made all the time
			if o := w.see(get(fmt.Sprintf("/api/users/%d", 1000+n), 100+n).with(post).with(unreferred).with(says("created"))); o.response != Clean {
				t.Fatalf("%+v", o)
			}
		}
	})
	t.Run("that an operator approved of stands for itself", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		x := get("/about2", stranger).with(post).with(unreferred)
		w.see(x)
		must(t, w.m.Decisions.SetTrust([]baseline.Key{{Path: "/about2"}}, baseline.Trusted, baseline.Author{Via: "test"}, w.now, w.d.Limits()))
		if o := w.see(x); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("of a directory that was served stands for itself", func(t *testing.T) {
		w := newWatch(t)
		for n := range 30 {
			w.see(get("/contact/", n).with(kind("text/html")))
			w.see(get("/contact/map.php", n).with(kind("text/html")))
		}
		w.learn(same, "/a.php")
		if o := w.see(get("/contact/", 3).with(post).with(says("thank you"))); o.has(1001) {
			t.Errorf("%+v", o)
		}
	})
	t.Run("teaches nothing of names that are not there", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		const shell = "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november"
		for n := range 30 {
			w.see(get(fmt.Sprintf("/made-up-%d", n), 100+n).with(post).with(unreferred).with(says(shell)))
		}
		if o := w.see(get("/x.php", stranger).with(post).with(unreferred).with(says(shell))); o.response == Clean {
			t.Errorf("%+v", o)
		}
	})
}

// Where no script is known, a name that takes payloads is no sign of one.
func TestNoShortNamesWithoutScripts(t *testing.T) {
	w := newWatch(t)
	w.enforce()
	for range 3 {
		if o := w.see(get("/upload", stranger).with(post).with(unreferred).with(says("received"))); o.refuseRequest || o.refuseResponse || o.has(1001) {
			t.Errorf("%+v", o)
		}
	}
}
