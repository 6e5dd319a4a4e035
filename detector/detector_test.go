package detector

import (
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

const stranger = 1000 // a network that was never seen

func TestNewScript(t *testing.T) {
	t.Run("any request by a client without history is suspicious", func(t *testing.T) {
		for name, change := range map[string]func(*Exchange){
			"linked":      same,
			"not linked":  unreferred,
			"with a body": post,
			"HEAD":        func(x *Exchange) { x.Method = "HEAD" },
		} {
			w := newWatch(t)
			w.learn(same, "/a.php")
			if o := w.see(get("/x.php", stranger).with(change)); o.response < Suspicious || !o.has(1001) {
				t.Errorf("%s: %+v", name, o)
			}
		}
	})
	t.Run("a known visitor who follows a link is clean", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		if o := w.see(get("/article.php", 3)); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a known visitor out of nowhere is suspicious", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		if o := w.see(get("/x.php", 3).with(unreferred)); o.response != Suspicious {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a script that is missing is clean", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		for _, s := range []int{404, 410} {
			if o := w.see(get("/x.php", stranger).with(status(s))); o.response != Clean {
				t.Errorf("%d: %+v", s, o)
			}
		}
	})
	t.Run("what fell through to a known script is clean", func(t *testing.T) {
		w := newWatch(t)
		w.files[baseline.Key{Root: "/srv", Path: "/index.php"}] = File{State: FileThere}
		w.learn(rooted, "/index.php")
		fellThrough := func(x *Exchange) {
			rooted(x)
			unreferred(x)
			x.EffectivePath, x.EffectiveRoot = "/index.php", "/srv"
		}
		for _, path := range []string{"/missing.php", "/blog/pretty", "/missing.php/x"} {
			if o := w.see(get(path, stranger).with(fellThrough)); o.request != Clean || o.response != Clean {
				t.Errorf("%s: %+v", path, o)
			}
		}
	})
	t.Run("a file that is there exists at any status", func(t *testing.T) {
		w := newWatch(t)
		w.files[baseline.Key{Root: "/srv", Path: "/a.php"}] = File{State: FileThere}
		w.learn(rooted, "/a.php")
		w.files[baseline.Key{Root: "/srv", Path: "/x.php"}] = File{State: FileThere, Changed: w.now}
		for _, s := range []int{404, 302, 500} {
			if o := w.see(get("/x.php", stranger).with(rooted).with(status(s))); o.response < Suspicious {
				t.Errorf("%d: %+v", s, o)
			}
		}
	})
	t.Run("nothing is new while learning", func(t *testing.T) {
		w := newWatch(t)
		if o := w.see(get("/x.php", stranger).with(post).with(unreferred)); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("it stays new until somebody vouches for it", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		w.see(get("/x.php", stranger))
		w.now = w.now.Add(24 * time.Hour)
		o := w.see(get("/x.php", stranger))
		if !o.has(1001) || !strings.Contains(strings.Join(o.why, ";"), "first seen 24h0m0s ago") {
			t.Errorf("%+v", o)
		}
		key := baseline.Key{Path: "/x.php"}
		w.m.Decisions.SetTrust([]baseline.Key{key}, baseline.Trusted, baseline.Author{Via: "test"}, w.now, w.d.Limits())
		if o := w.see(get("/x.php", stranger)); o.response != Clean {
			t.Errorf("approved: %+v", o)
		}
	})
	t.Run("many networks lower the evidence, and buy nothing else", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		before := w.see(get("/x.php", stranger)).score
		for n := range 30 {
			w.see(get("/x.php", n)) // visitors with history, by a link
		}
		o := w.see(get("/x.php", stranger+1).with(post).with(unreferred))
		if o.response < Suspicious || !o.has(1001) {
			t.Errorf("a POST after 30 visitors: %+v", o)
		}
		if after := w.see(get("/x.php", stranger+2)).score; after >= before {
			t.Errorf("score %v, then %v", before, after)
		}
	})
}

func TestNewMethod(t *testing.T) {
	attack := func(x *Exchange) { post(x); unreferred(x) }
	t.Run("a POST to a script that was only read is suspicious", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		o := w.see(get("/a.php", stranger).with(attack))
		if o.request != Suspicious || o.response != Suspicious || !o.has(1002) || !o.has(1020) {
			t.Errorf("%+v", o)
		}
		if why := strings.Join(o.why, ";"); !strings.Contains(why, "POST: 0 of 100 before") {
			t.Errorf("it does not say why: %s", why)
		}
		if again := w.see(get("/a.php", stranger).with(attack)); again.response != Suspicious {
			t.Errorf("the second is learned from the first: %+v", again)
		}
	})
	t.Run("also if the site's own programs send POSTs without referrer", func(t *testing.T) {
		w := newWatch(t)
		for n := range 50 {
			w.see(get("/api.php", n%30).with(attack))
		}
		w.learn(same, "/a.php")
		if o := w.see(get("/a.php", stranger).with(attack)); o.response != Suspicious {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a first form of a page by a known visitor is clean", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		if o := w.see(get("/a.php", 3).with(post)); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a known method is clean", func(t *testing.T) {
		w := newWatch(t)
		w.see(get("/form.php", 1).with(post))
		w.learn(same, "/form.php")
		if o := w.see(get("/form.php", stranger).with(attack)); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("reading is never a shift", func(t *testing.T) {
		w := newWatch(t)
		w.learn(post, "/form.php")
		for _, m := range []string{"GET", "HEAD", "OPTIONS"} {
			if o := w.see(get("/form.php", stranger).with(func(x *Exchange) { x.Method = m })); o.response != Clean {
				t.Errorf("%s: %+v", m, o)
			}
		}
	})
	t.Run("a probe for a missing script that fell through is clean", func(t *testing.T) {
		w := newWatch(t)
		w.files[baseline.Key{Root: "/srv", Path: "/index.php"}] = File{State: FileThere}
		w.learn(rooted, "/index.php")
		fellThrough := func(x *Exchange) { x.EffectivePath, x.EffectiveRoot = "/index.php", "/srv" }
		if o := w.see(get("/wp-login.php", stranger).with(rooted).with(attack).with(fellThrough)); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a method nobody knows is one", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		o := w.see(get("/a.php", stranger).with(attack).with(func(x *Exchange) { x.Method = "EXEC\r\n\x1b[31m" }))
		if !o.has(1002) || strings.ContainsAny(strings.Join(o.why, ";"), "\r\n\x1b") {
			t.Errorf("%+v", o)
		}
	})
}

func TestLocation(t *testing.T) {
	t.Run("a script among uploads opens the gate while learning", func(t *testing.T) {
		w := newWatch(t)
		o := w.see(get("/wp-content/uploads/2026/x.php", stranger).with(post).with(unreferred))
		if o.response != Suspicious || !o.has(1010) || o.refuseRequest || o.refuseResponse {
			t.Errorf("%+v", o)
		}
	})
	t.Run("hidden directories count, /.well-known does not", func(t *testing.T) {
		for path, want := range map[string]string{
			"/.git/x.php": "/.git/", "/a/TMP/x.php": "/a/TMP/", "/.well-known/x.php": "", "/upload.php": "", "//x.php": "", "//uploads/x.php": "//uploads/", "/a/x.php": "", "/cache/a/x.php": "/cache/",
		} {
			if got := scriptpath.DataDirectory(path); got != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
	})
	t.Run("a disguised path is evidence, and no second script", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		for _, path := range []string{"/a.php;x", "/A/../a.PHP", "//a.php", "/a.php%2e"} {
			if o := w.see(get(path, stranger)); o.response != Clean {
				t.Errorf("reading %s: %+v", path, o)
			}
		}
		if o := w.see(get("/x.php;y", stranger+1)); !o.has(1011) || !o.has(1001) {
			t.Errorf("%+v", o)
		}
		raw := func(x *Exchange) { x.RawPath = "/x%2Ephp" }
		if o := w.see(get("/x.php", stranger+2).with(raw)); !o.has(1011) {
			t.Errorf("%+v", o)
		}
	})
}
