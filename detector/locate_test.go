package detector

import (
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// dir makes directories of the watch's document root.
func (w *watch) dir(paths ...string) {
	for _, p := range paths {
		w.files[baseline.Key{Root: "/srv", Path: p}] = File{State: FileOther}
	}
}

func TestDroppedFilesAreFoundWhereverTheServerSplits(t *testing.T) {
	// Each was executed by PHP-FPM behind php_fastcgi before the guard took the
	// request for another script, or for none.
	for requested, file := range map[string]string{
		"/lib/class.phpmailer.php":   "/lib/class.php",
		"/y.phpd.php":                "/y.php",
		"/y.phpd/y.php":              "/y.php",
		"/d.pyx/x.php.jpg":           "/d.pyx/x.php",
		"/d/a.Foo.phpx":              "/d/a.Foo.php",
		"/a.py/b.pl/c.sh/d.rb/x.php": "/a.py/b.pl/c.sh/d.rb/x.php",
		"/uploads/d;x/":              "/uploads/d;x/index.php",
		"/uploads/d./":               "/uploads/d./index.php",
		"/uploads/d;/v.py/x.php":     "/uploads/d;/v.py/x.php",
	} {
		w := rootedWatch(t)
		w.dir("/a.py", "/a.py/b.pl", "/a.py/b.pl/c.sh", "/a.py/b.pl/c.sh/d.rb", "/uploads/d;/v.py", "/d.pyx")
		known := "/lib/class.phpmailer.php"
		w.files[baseline.Key{Root: "/srv", Path: known}] = File{State: FileThere, Changed: start.Add(-time.Hour)}
		w.m.Decisions.SetTrust([]baseline.Key{{Root: "/srv", Path: known}}, baseline.Trusted, baseline.Author{Via: "test"}, w.now, w.d.Limits())
		w.drop(file, w.now)
		if o := w.see(get(requested, stranger).with(rooted).with(post)); !o.refuseRequest || !o.has(1003) {
			t.Errorf("%q: %+v", requested, o)
		}
		if w.m.Scripts.Lookup(baseline.Key{Root: "/srv", Path: file}) == nil {
			t.Errorf("%q: %q is not the script", requested, file)
		}
	}
}

func TestLocateLooksSeldom(t *testing.T) {
	// Whoever writes the path must not choose how often the disk is asked.
	for name, path := range map[string]string{
		"segments": strings.Repeat("/a.php", 600), "dots": "/" + strings.Repeat(".php", 1000), "both": strings.Repeat("/a.phpx", 500), "longer than a path": strings.Repeat("/a.php", 100_000),
	} {
		w := rootedWatch(t)
		looks := &countedFiles{files: w}
		w.d.options.Files = looks
		w.see(get(path, stranger).with(rooted))
		if looks.n > 300 {
			t.Errorf("%s: %d looks at files", name, looks.n)
		}
	}
}

type countedFiles struct {
	files Files
	n     int
}

func (c *countedFiles) Stat(key baseline.Key) File {
	c.n++
	return c.files.Stat(key)
}

func TestDirectoriesCalledLikeScripts(t *testing.T) {
	t.Run("where no root is known they do not hide what is in them", func(t *testing.T) {
		w := newWatch(t)
		w.learn(func(*Exchange) {}, "/sites/example.pl/a.php", "/sites/example.pl/logo.png")
		if o := w.see(get("/sites/example.pl/b.php", stranger).with(unreferred)); o.response != Suspicious {
			t.Errorf("%+v", o)
		}
		if o := w.see(get("/sites/example.pl/a.php", 3)); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a script with something after its name stays one", func(t *testing.T) {
		w := newWatch(t)
		w.learn(func(*Exchange) {}, "/a.php")
		if o := w.see(get("/a.php/b.php", stranger).with(unreferred)); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("where the root is known their files are static", func(t *testing.T) {
		w := rootedWatch(t)
		w.dir("/lib.py")
		if o := w.see(get("/lib.py/style.css", stranger).with(rooted)); o.request != Clean || o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
}

func TestMountsUnderASiteWithARoot(t *testing.T) {
	mounted := func(x *Exchange) {
		x.Root, x.EffectiveRoot = "/srv", "/srv/app"
		x.EffectivePath, x.Path = x.Path, "/app"+x.Path
	}
	w := newWatch(t)
	for _, f := range []baseline.Key{{Root: "/srv", Path: "/a.php"}, {Root: "/srv/app", Path: "/a.php"}} {
		w.files[f] = File{State: FileThere, Changed: start.Add(-time.Hour)}
	}
	w.learn(func(x *Exchange) { rooted(x); x.EffectivePath, x.EffectiveRoot = x.Path, x.Root }, "/a.php")
	w.files[baseline.Key{Root: "/srv/app", Path: "/uploads/x.php"}] = File{State: FileThere, Changed: w.now}
	if o := w.see(get("/a.php", 3).with(mounted)); o.response == Malicious {
		t.Errorf("%+v", o)
	}
	w = newWatch(t)
	w.files[baseline.Key{Root: "/srv/app", Path: "/a.php"}] = File{State: FileThere, Changed: start.Add(-time.Hour)}
	w.learn(mounted, "/a.php")
	w.files[baseline.Key{Root: "/srv/app", Path: "/uploads/x.php"}] = File{State: FileThere, Changed: w.now}
	if o := w.see(get("/uploads/x.php", stranger).with(mounted).with(post)); !o.refuseRequest || !o.has(1003) {
		t.Errorf("a dropped file under a mount: %+v", o)
	}
	if o := w.see(get("/a.php", stranger).with(mounted)); o.request != Clean || o.response != Clean {
		t.Errorf("a known one: %+v", o)
	}
}

func TestNewMethodIsNotTalkedAway(t *testing.T) {
	known := rootedWatch
	hit := func(change ...func(*Exchange)) Exchange {
		x := get("/a.php", stranger).with(rooted).with(post).with(unreferred)
		for _, c := range change {
			c(&x)
		}
		return x
	}
	t.Run("by answering 404", func(t *testing.T) {
		w := known(t)
		if o := w.see(hit(status(404))); o.response == Clean || !o.has(1002) {
			t.Errorf("%+v", o)
		}
		w = newWatch(t)
		w.learn(func(*Exchange) {}, "/a.php")
		if o := w.see(get("/a.php", stranger).with(post).with(unreferred).with(status(404))); o.response == Clean {
			t.Errorf("without a root: %+v", o)
		}
	})
	t.Run("by a request that fell through before", func(t *testing.T) {
		w := known(t)
		w.see(get("/missing.php", stranger+1).with(rooted).with(post).with(unreferred).with(func(x *Exchange) { x.EffectivePath = "/a.php" }))
		if o := w.see(hit()); o.response == Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("by a forged Referer", func(t *testing.T) {
		w := known(t)
		w.see(get("/a.php", stranger).with(rooted))
		w.see(get("/a.php", stranger).with(rooted).with(post)) // of a client seen, from a page of the site
		o := w.see(hit())
		if o.response == Clean || !o.has(1002) {
			t.Errorf("%+v", o)
		}
	})
	t.Run("by patience", func(t *testing.T) {
		w := known(t)
		for n := range 50 {
			w.see(hit(func(x *Exchange) { x.Client = address(stranger + n) }))
		}
		if o := w.see(hit(func(x *Exchange) { x.Client = address(stranger + 60) })); !o.has(1002) && o.score == 0 {
			t.Errorf("%+v", o)
		}
		p := w.m.Scripts.Lookup(baseline.Key{Root: "/srv", Path: "/a.php"})
		if p.KnowsMethod(baseline.MethodPost) {
			t.Error("POST became a habit")
		}
	})
	t.Run("but by an operator", func(t *testing.T) {
		w := known(t)
		w.see(hit())
		w.m.Decisions.SetTrust([]baseline.Key{{Root: "/srv", Path: "/a.php"}}, baseline.Trusted, baseline.Author{Via: "test"}, w.now, w.d.Limits())
		if o := w.see(hit()); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
}

func TestAFileThatAppearsDuringTheRequest(t *testing.T) {
	w := rootedWatch(t)
	x := get("/uploads/late.php", stranger).with(rooted).with(post)
	x.Time = w.now
	var e Evaluation
	e.Begin(w.d, w.m, &x)
	if j := e.Judgement(); j.Verdict != Clean {
		t.Fatalf("before: %v", j.Verdict)
	}
	w.drop("/uploads/late.php", w.now)
	x.EffectivePath, x.EffectiveRoot = x.Path, x.Root
	e.Respond()
	if j := e.Judgement(); j.Refusal == NotRefused || e.subject.file.State != FileThere {
		t.Errorf("after: %+v", j.Findings())
	}
}
