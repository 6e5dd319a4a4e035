package detector

import (
	"fmt"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

const longPage = "<!doctype html><title>Shop</title><nav>Home Products About Contact</nav><main><h1>Welcome to our little shop of paper and ink, pens and pencils"

// visitorsForm is what visitors send to /form.php.
func visitorsForm(x *Exchange) {
	post(x)
	sends(formType, "name=Ann&text=hello")(x)
	says(longPage)(x)
}

// rootedFormWatch is a site with a form under a root, and thirty other scripts.
func rootedFormWatch(t *testing.T) *watch {
	w := newWatch(t)
	paths := []string{"/a.php"}
	for n := range 30 {
		paths = append(paths, fmt.Sprintf("/p%d.php", n))
	}
	for _, path := range append(paths, "/form.php") {
		w.files[baseline.Key{Root: "/srv", Path: path}] = File{State: FileThere, Changed: start.Add(-time.Hour)}
	}
	for n := range 60 {
		w.see(get("/form.php", n%30).with(rooted).with(visitorsForm))
	}
	w.learn(rooted, paths...)
	for _, path := range paths { // looks at them
		w.see(get(path, 3).with(rooted).with(query("a=1")))
	}
	return w
}

func (w *watch) later(d time.Duration) { w.now = w.now.Add(d) }

func TestChangedFileOfAKnownScript(t *testing.T) {
	stranger := func(n int) Exchange { return get("/form.php", 300+n).with(rooted).with(visitorsForm).with(unreferred) }
	t.Run("is evidence against it", func(t *testing.T) {
		w := rootedFormWatch(t)
		before := w.see(stranger(1))
		w.later(time.Minute)
		w.drop("/form.php", w.now)
		if o := w.see(stranger(2)); before.has(1072) || w.bits(stranger(3), 1072) != 5 || o.score < before.score+3 {
			t.Errorf("%+v, before %+v", o, before)
		}
	})
	t.Run("is no verdict alone", func(t *testing.T) {
		w := rootedFormWatch(t)
		w.later(time.Minute)
		w.drop("/form.php", w.now)
		for n := range 30 {
			if o := w.see(get("/form.php", n).with(rooted).with(visitorsForm)); o.response != Clean {
				t.Fatalf("%+v", o)
			}
		}
		if o := w.see(get("/form.php", 301).with(rooted).with(unreferred).with(query("a=1")).with(says(longPage))); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("is seen some seconds later where it was looked at just before", func(t *testing.T) {
		w := rootedFormWatch(t)
		w.later(time.Minute)
		w.see(stranger(1))
		w.later(time.Second)
		w.drop("/form.php", w.now)
		if bits := w.bits(stranger(2), 1072); bits != 0 {
			t.Errorf("at once: %v bits", bits)
		}
		w.later(changesFresh)
		if bits := w.bits(stranger(3), 1072); bits != 5 {
			t.Errorf("later: %v bits", bits)
		}
	})
	t.Run("with a command is", func(t *testing.T) {
		w := rootedFormWatch(t)
		w.later(time.Minute)
		w.drop("/form.php", w.now)
		if o := w.see(stranger(1).with(says("uid=33(www-data)")).with(unreferred)); o.response == Clean || !o.has(1072) || !o.has(1050) {
			t.Errorf("%+v", o)
		}
		if o := w.see(stranger(2).with(sends(formType, "c="+opaque)).with(unreferred)); o.response != Malicious {
			t.Errorf("%+v", o)
		}
	})
}

// An update changes forms, too: they get new fields, such as long tokens, and other
// answers.
func TestUpdateRefusesNoVisitor(t *testing.T) {
	w := rootedFormWatch(t)
	w.later(time.Minute)
	w.drop("/form.php", w.now)
	for n := range 30 {
		x := get("/form.php", n).with(rooted).with(visitorsForm).with(sends(formType, "full_name=Ann&message=hello&token="+opaque)).with(says("thank you"))
		if o := w.see(x); o.refuseRequest || o.refuseResponse || o.response == Malicious {
			t.Fatalf("%d: %+v", n, o)
		}
	}
}

func TestWholeSiteUpdatedIsNoEvidence(t *testing.T) {
	w := rootedFormWatch(t)
	w.later(time.Minute)
	for key, file := range w.files {
		file.Changed = w.now
		w.files[key] = file
	}
	for n := range 30 {
		w.see(get(fmt.Sprintf("/p%d.php", n), 3).with(rooted).with(query("a=1")))
	}
	if bits := w.bits(get("/form.php", 300).with(rooted).with(visitorsForm), 1072); bits > 1 {
		t.Errorf("%v bits", bits)
	}
}

func TestChangesThatSomebodyVouchesFor(t *testing.T) {
	key := baseline.Key{Root: "/srv", Path: "/form.php"}
	x := get("/form.php", 300).with(rooted).with(visitorsForm).with(unreferred)
	for name, vouch := range map[string]func(w *watch, id int){
		"by a deploy window": func(w *watch, id int) {
			w.m.Decisions.Deploy(10*time.Minute, baseline.Author{Via: "test"}, w.now)
			w.later(time.Minute)
			w.change(id)
		},
		"by one before the latest": func(w *watch, id int) {
			w.m.Decisions.Deploy(10*time.Minute, baseline.Author{Via: "test"}, w.now)
			w.later(time.Minute)
			w.change(id)
			w.later(time.Hour)
			w.m.Decisions.Deploy(10*time.Minute, baseline.Author{Via: "test"}, w.now)
		},
		"by approving of the script": func(w *watch, id int) {
			w.change(id)
			w.later(time.Minute)
			must(w.t, w.m.Decisions.SetTrust([]baseline.Key{key}, baseline.Trusted, baseline.Author{Via: "test"}, w.now, w.d.Limits()))
		},
	} {
		for _, id := range []int{1070, 1072} {
			t.Run(fmt.Sprintf("%s, %d", name, id), func(t *testing.T) {
				w := rootedFormWatch(t)
				w.later(time.Minute)
				vouch(w, id)
				w.later(time.Minute)
				if bits := w.bits(x, id); bits != 0 {
					t.Errorf("%v bits", bits)
				}
				w.later(time.Hour)
				w.change(id)
				w.later(time.Minute)
				if bits := w.bits(x, id); bits != 5 {
					t.Errorf("changed once more: %v bits", bits)
				}
			})
		}
	}
	t.Run("by approving of the configuration", func(t *testing.T) {
		w := rootedFormWatch(t)
		w.later(time.Minute)
		w.change(1070)
		w.later(time.Minute)
		must(t, w.m.Decisions.SetTrust([]baseline.Key{{Root: "/srv", Path: "/.htaccess"}}, baseline.Trusted, baseline.Author{Via: "test"}, w.now, w.d.Limits()))
		if bits := w.bits(x, 1070); bits != 0 {
			t.Errorf("%v bits", bits)
		}
	})
	t.Run("but not among uploads", func(t *testing.T) {
		w := rootedFormWatch(t)
		w.m.Decisions.Deploy(10*time.Minute, baseline.Author{Via: "test"}, w.now)
		w.later(time.Minute)
		w.configured = []Configuration{{Path: "/uploads/.htaccess", Changed: w.now}}
		if bits := w.bits(x, 1070); bits != 5 {
			t.Errorf("%v bits", bits)
		}
	})
	t.Run("of two the one that nobody does counts", func(t *testing.T) {
		w := rootedFormWatch(t)
		w.later(time.Minute)
		w.configured = []Configuration{{Path: "/.user.ini", Changed: w.now}}
		w.later(time.Minute)
		w.m.Decisions.Deploy(10*time.Minute, baseline.Author{Via: "test"}, w.now)
		w.configured = append(w.configured, Configuration{Path: "/.htaccess", Changed: w.now.Add(time.Second)})
		w.later(time.Minute)
		if bits := w.bits(x, 1070); bits != 5 {
			t.Errorf("%v bits", bits)
		}
	})
}

// change has what a signal is about change now.
func (w *watch) change(id int) {
	if id == 1070 {
		w.configured = []Configuration{{Path: "/.htaccess", Changed: w.now}}
	} else {
		w.drop("/form.php", w.now)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestKnownScriptIsLookedAtSeldom(t *testing.T) {
	w := rootedFormWatch(t)
	looks := &countedChanges{watch: w}
	w.d.changes = looks
	w.later(time.Hour)
	for n := range 100 {
		w.see(get("/form.php", n%30).with(rooted).with(visitorsForm))
		w.see(get("/form.php", n%30).with(rooted))
	}
	if looks.n != 1 {
		t.Errorf("%d looks", looks.n)
	}
}

type countedChanges struct {
	*watch
	n int
}

func (c *countedChanges) Changes(key baseline.Key) Changes {
	c.n++
	return c.watch.Changes(key)
}
