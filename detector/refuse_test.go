package detector

import (
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// rootedWatch has learned /a.php, whose file is there.
func rootedWatch(t *testing.T) *watch {
	t.Helper()
	w := newWatch(t)
	w.files[baseline.Key{Root: "/srv", Path: "/a.php"}] = File{State: FileThere, Changed: start.Add(-time.Hour)}
	w.learn(rooted, "/a.php")
	return w
}

func (w *watch) drop(path string, changed time.Time) {
	w.files[baseline.Key{Root: "/srv", Path: path}] = File{State: FileThere, Changed: changed}
}

func TestRefusal(t *testing.T) {
	t.Run("novelty alone is at most suspicious", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		for _, change := range []func(*Exchange){same, unreferred, post, func(x *Exchange) { post(x); unreferred(x) }} {
			o := w.see(get("/x.php", stranger).with(change))
			if o.request != Suspicious || o.response != Suspicious || o.refuseRequest || o.refuseResponse {
				t.Errorf("%+v", o)
			}
		}
	})
	t.Run("a payload to a file newer than learning is refused before it runs, whatever its headers", func(t *testing.T) {
		for _, change := range []func(*Exchange){same, unreferred} {
			w := rootedWatch(t)
			w.drop("/x.php", w.now)
			o := w.see(get("/x.php", 3).with(rooted).with(post).with(change))
			if o.request != Malicious || !o.refuseRequest || !o.has(1003) {
				t.Errorf("%+v", o)
			}
		}
	})
	t.Run("reading that file is not", func(t *testing.T) {
		w := rootedWatch(t)
		w.drop("/x.php", w.now)
		o := w.see(get("/x.php", stranger).with(rooted).with(unreferred))
		if o.response != Suspicious || o.refuseRequest || o.refuseResponse {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a file older than learning speaks against a shell", func(t *testing.T) {
		w := rootedWatch(t)
		w.drop("/old.php", start.Add(-24*time.Hour))
		if o := w.see(get("/old.php", stranger).with(rooted)); o.response != Clean {
			t.Errorf("reading it: %+v", o)
		}
		o := w.see(get("/old.php", stranger+1).with(rooted).with(post).with(unreferred))
		if o.response != Suspicious || !o.has(1004) || o.refuseRequest {
			t.Errorf("posting to it out of nowhere: %+v", o)
		}
	})
	t.Run("an unknown file among uploads is refused on any method", func(t *testing.T) {
		w := rootedWatch(t)
		w.drop("/uploads/x.php", w.now)
		for _, change := range []func(*Exchange){same, post} {
			if o := w.see(get("/uploads/x.php", 3).with(rooted).with(change)); !o.refuseRequest {
				t.Errorf("%+v", o)
			}
		}
	})
	t.Run("without a root: a payload before it runs, reading once it answered", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		if o := w.see(get("/uploads/x.php", stranger).with(post)); !o.refuseRequest {
			t.Errorf("%+v", o)
		}
		if o := w.see(get("/uploads/x.php", stranger)); o.refuseRequest || !o.refuseResponse {
			t.Errorf("%+v", o)
		}
		if o := w.see(get("/uploads/no.php", stranger).with(status(404))); o.refuseRequest || o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a file proven missing is never refused", func(t *testing.T) {
		w := rootedWatch(t)
		o := w.see(get("/uploads/x.php", stranger).with(rooted).with(post).with(unreferred).with(status(404)))
		if o.request != Clean || o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a root that is not the scripts' proves nothing", func(t *testing.T) {
		w := newWatch(t)
		w.learn(rooted, "/a.php") // answers, and no such file
		o := w.see(get("/uploads/x.php", stranger).with(rooted).with(post))
		if !o.refuseRequest || o.response != Malicious {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a script that answers although its file is missing is judged by its answer", func(t *testing.T) {
		w := rootedWatch(t)
		if o := w.see(get("/x.php", stranger).with(rooted)); o.request != Clean || o.response != Suspicious {
			t.Errorf("%+v", o)
		}
	})
	t.Run("equal thresholds refuse every new script", func(t *testing.T) {
		w := newWatch(t, func(o *Options) { o.Suspicious, o.Malicious = 10, 10 })
		w.learn(same, "/a.php")
		if o := w.see(get("/x.php", stranger).with(unreferred)); o.refuseRequest || !o.refuseResponse {
			t.Errorf("reading waits for the answer: %+v", o)
		}
		if o := w.see(get("/y.php", stranger).with(post)); !o.refuseRequest {
			t.Errorf("a payload does not: %+v", o)
		}
	})
	t.Run("nothing is refused while learning", func(t *testing.T) {
		w := newWatch(t, func(o *Options) { o.Suspicious, o.Malicious = 1, 1 })
		o := w.see(get("/uploads/x.php", stranger).with(post).with(unreferred))
		if o.response != Malicious || o.refuseRequest || o.refuseResponse {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a denied script is refused in every phase", func(t *testing.T) {
		w := newWatch(t)
		w.m.Decisions.SetTrust([]baseline.Key{{Path: "/a.php"}}, baseline.Denied, baseline.Author{Via: "test"}, w.now, w.d.Limits())
		if o := w.see(get("/a.php", 1)); !o.refuseRequest || !o.has(1090) {
			t.Errorf("%+v", o)
		}
	})
}

func TestMountedScripts(t *testing.T) {
	// handle_path behind the guard: the root is known only at the answer.
	mounted := func(prefix, root string) func(*Exchange) {
		return func(x *Exchange) { x.EffectivePath, x.EffectiveRoot, x.Path = x.Path, root, prefix+x.Path }
	}
	w := newWatch(t)
	w.files[baseline.Key{Root: "/srv/a", Path: "/x.php"}] = File{State: FileThere, Changed: start.Add(-time.Hour)}
	w.learn(mounted("/a", "/srv/a"), "/x.php")
	if o := w.see(get("/x.php", 3).with(mounted("/a", "/srv/a"))); o.request != Clean || o.response != Clean {
		t.Errorf("the known one: %+v", o)
	}
	if o := w.see(get("/x.php", stranger).with(mounted("/b", "/srv/b"))); o.response != Suspicious {
		t.Errorf("the same path under another root is another script: %+v", o)
	}
	w.files[baseline.Key{Root: "/srv/a", Path: "/uploads/y.php"}] = File{State: FileThere, Changed: w.now}
	if o := w.see(get("/uploads/y.php", stranger).with(mounted("/a", "/srv/a"))); !o.refuseRequest || !o.has(1003) {
		t.Errorf("a dropped file under a known mount: %+v", o)
	}
}

func TestScriptsThatOnlyTheirFileGivesAway(t *testing.T) {
	for requested, file := range map[string]string{
		"/uploads/":          "/uploads/index.php",
		"/uploads/x.php.jpg": "/uploads/x.php",
		"/uploads/x.phpfoo":  "/uploads/x.php",
		"/uploads/x.PHP":     "/uploads/x.PHP",
		"//uploads/./x.PHP":  "/uploads/x.PHP", // one key, however it is sent
		"/uploads/x.PHP/a/b": "/uploads/x.PHP",
		"/uploads/x.php\t":   "/uploads/x.php\t",
	} {
		w := rootedWatch(t)
		if o := w.see(get(requested, 3).with(rooted).with(status(404))); o.request != Clean || o.response != Clean {
			t.Errorf("%q before it is there: %+v", requested, o)
		}
		w.drop(file, w.now)
		if o := w.see(get(requested, 3).with(rooted)); !o.refuseRequest {
			t.Errorf("%q: %+v", requested, o)
		}
	}
}

func TestTwoSpellingsOfOneFileAreOneScript(t *testing.T) {
	w := rootedWatch(t)
	known := w.files[baseline.Key{Root: "/srv", Path: "/a.php"}]
	known.ID = [2]uint64{1, 1}
	w.files[baseline.Key{Root: "/srv", Path: "/a.php"}] = known
	w.files[baseline.Key{Root: "/srv", Path: "/a.PHP"}] = known // a file system without case
	if o := w.see(get("/a.PHP", stranger).with(rooted)); o.request != Clean || o.response != Clean {
		t.Errorf("%+v", o)
	}
	another := File{State: FileThere, Changed: w.now, ID: [2]uint64{1, 2}}
	w.files[baseline.Key{Root: "/srv", Path: "/a.PHP"}] = another
	if o := w.see(get("/a.PHP", stranger+1).with(rooted).with(post)); !o.refuseRequest || !o.has(1001) {
		t.Errorf("a file of its own behind a known name: %+v", o)
	}
}

func TestPrefixesThatAreDirectories(t *testing.T) {
	w := rootedWatch(t)
	w.files[baseline.Key{Root: "/srv", Path: "/d.php"}] = File{State: FileOther}
	w.drop("/d.php/x.php", w.now)
	o := w.see(get("/d.php/x.php", stranger).with(rooted).with(post))
	if !o.refuseRequest {
		t.Errorf("%+v", o)
	}
	if p := w.m.Scripts.Lookup(baseline.Key{Root: "/srv", Path: "/d.php/x.php"}); p == nil {
		t.Error("the file in the directory is not the script")
	}
}

func TestPayloadsToNewScriptsAreSeenWhateverHeadersSay(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	w.see(get("/a.php", stranger)) // he visited a page
	if o := w.see(get("/x.php", stranger).with(post)); o.response != Suspicious || !o.has(1001) {
		t.Errorf("%+v", o)
	}
}

func TestAScriptWithPathInfoIsOneName(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	says404 := func(x *Exchange) { x.Status = 404; says("uid=33(www-data)")(x) }
	for _, path := range []string{"/n1.php", "/n2.php", "/n3.php", "/n4.php"} {
		w.see(get(path, 1).with(missing))
	}
	for _, path := range []string{"/x.php/1.php", "/x.php/2.php", "/x.php/3.php", "/x.php/4.php", "/x.php"} {
		if o := w.see(get(path, stranger).with(unreferred).with(says404)); o.response == Clean {
			t.Errorf("%s: its own PATH_INFO taught that it is missing", path)
		}
	}
}
