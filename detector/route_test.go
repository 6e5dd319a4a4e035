package detector

import (
	"fmt"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

func kind(contentType string) func(*Exchange) {
	return func(x *Exchange) { x.ContentType = contentType }
}

func query(q string) func(*Exchange) { return func(x *Exchange) { x.Query = q } }

func TestRoutesRaiseNoAlerts(t *testing.T) {
	w := newWatch(t)
	for n := range 30 {
		w.see(get(fmt.Sprintf("/user/%d/edit", n), n).with(kind("application/json")))
	}
	w.learn(same, "/a.php")
	if p := w.m.Scripts.Lookup(baseline.Key{Path: "/user/{n}/edit"}); p == nil || p.Networks() < 10 {
		t.Error("the route has no profile")
	}
	before := w.m.Scripts.Count(baseline.Provisional) + w.m.Scripts.Count(baseline.Trusted)
	for n := range 2000 {
		x := get(fmt.Sprintf("/blog/a-new-post-number-%d", n), stranger).with(unreferred).with(kind("text/html"))
		if n%2 == 0 {
			x = get(fmt.Sprintf("/api/x%dy/z", n), stranger).with(unreferred).with(post)
		}
		if o := w.see(x); o.response != Clean {
			t.Fatalf("%s: %+v", x.Path, o)
		}
	}
	if after := w.m.Scripts.Count(baseline.Provisional) + w.m.Scripts.Count(baseline.Trusted); after != before {
		t.Errorf("%d profiles, then %d", before, after)
	}
}

func TestStaticFilesThatBehaveLikePrograms(t *testing.T) {
	learn := func(t *testing.T) *watch {
		w := newWatch(t)
		for n := range 30 {
			w.see(get("/uploads/photo.jpg", n).with(kind("image/jpeg")))
			w.see(get("/app/page", n).with(kind("text/html")))
			w.see(get("/app/logo.png", n).with(kind("image/png")))
		}
		w.learn(same, "/a.php")
		return w
	}
	t.Run("a picture that takes a payload", func(t *testing.T) {
		w := learn(t)
		o := w.see(get("/uploads/photo.jpg", stranger).with(post).with(unreferred).with(kind("text/html")))
		if o.request != Clean || o.response != Malicious || !o.refuseResponse || !o.has(1013) || !o.has(1001) {
			t.Errorf("%+v", o)
		}
	})
	t.Run("while learning too", func(t *testing.T) {
		w := newWatch(t)
		if o := w.see(get("/uploads/photo.jpg", stranger).with(post).with(unreferred)); o.response != Suspicious || !o.has(1013) {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a picture that answers with a page", func(t *testing.T) {
		w := learn(t)
		if o := w.see(get("/uploads/photo.jpg", stranger).with(unreferred).with(kind("text/html; charset=UTF-8"))); o.response != Suspicious || !o.has(1013) {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a payload that is not taken, and a picture that is one, are clean", func(t *testing.T) {
		w := learn(t)
		for n, x := range []Exchange{
			get("/uploads/photo.jpg", stranger).with(post).with(unreferred).with(status(405)),
			get("/uploads/new.jpg", stranger).with(unreferred).with(kind("image/jpeg")),
			get("/uploads/gone.jpg", stranger).with(unreferred).with(kind("text/html")).with(status(404)),
		} {
			if o := w.see(x); o.response != Clean {
				t.Errorf("%d: %+v", n, o)
			}
		}
	})
	t.Run("an application that shows its page for a missing picture is clean", func(t *testing.T) {
		w := newWatch(t)
		front := says("<!doctype html><title>Shop</title><body class=shop><nav>Home Products About Contact</nav><main class=page><h1>Welcome to our little shop")
		for n := range 30 {
			w.see(get("/", n).with(front))
		}
		w.learn(same, "/a.php")
		if o := w.see(get("/img/gone.png", stranger).with(unreferred).with(front)); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
	t.Run("a directory that served only static files", func(t *testing.T) {
		w := learn(t)
		for n, x := range []Exchange{
			get("/uploads/a/", stranger).with(post).with(unreferred),
			get("/uploads/x", stranger+1).with(post).with(unreferred),
			get("/uploads/", stranger+2).with(query("x=1")).with(unreferred).with(kind("text/html")),
		} {
			o := w.see(x)
			if o.response != Suspicious || !o.has(1014) || o.has(1001) {
				t.Errorf("%d: %+v", n, o)
			}
		}
		if o := w.see(get("/app/other", stranger).with(post).with(unreferred)); o.response != Clean {
			t.Errorf("a directory with programs: %+v", o)
		}
		if o := w.see(get("/uploads/", 3).with(query("x=1")).with(kind("text/html"))); o.response != Clean {
			t.Errorf("a page that a known visitor was led to: %+v", o)
		}
	})
}

const missingPage = "<!doctype html><title>404 Not Found</title><h1>Not Found</h1><p>The requested page %s was not found on this server, please go back to the home page"

// missing is how the site answers to a name that is not there.
func missing(x *Exchange) {
	x.Status = 404
	says(fmt.Sprintf(missingPage, x.Path))(x)
}

func TestScriptsExistAtAnyStatus(t *testing.T) {
	learn := func(t *testing.T) *watch {
		w := newWatch(t)
		for n := range 4 {
			w.see(get(fmt.Sprintf("/wp-%d.php", n), n).with(missing))
		}
		w.learn(same, "/a.php")
		return w
	}
	for s, answer := range map[int]string{404: "", 410: "uid=33(www-data)", 302: "", 500: "ok", 403: "denied"} {
		w := learn(t)
		shell := get("/x.php", stranger).with(unreferred).with(status(s)).with(says(answer))
		o := w.see(shell)
		if o.response != Suspicious || !o.has(1001) || o.refuseResponse {
			t.Errorf("a new script that answers %d: %+v", s, o)
		}
		if w.m.Scripts.Lookup(baseline.Key{Path: "/x.php"}) == nil {
			t.Errorf("%d: nobody will list it", s)
		}
	}
	t.Run("names that are not there are no scripts", func(t *testing.T) {
		w := learn(t)
		for n := range 100 {
			if o := w.see(get(fmt.Sprintf("/probe%d.php", n), stranger).with(unreferred).with(missing)); o.response != Clean {
				t.Fatalf("%d: %+v", n, o)
			}
		}
	})
	t.Run("an outage is soon recognised", func(t *testing.T) {
		w, alerts := learn(t), 0
		for n := range 100 {
			if o := w.see(get(fmt.Sprintf("/probe%d.php", n), stranger).with(unreferred).with(status(503)).with(says("try again later"))); o.response != Clean {
				alerts++
			}
		}
		if alerts != 3 {
			t.Errorf("%d alerts", alerts)
		}
	})
	t.Run("scripts that only redirect are learned", func(t *testing.T) {
		w := newWatch(t)
		for n := range 4 {
			w.see(get(fmt.Sprintf("/wp-%d.php", n), n).with(missing))
		}
		for n := range 5 {
			w.see(get("/logout.php", n).with(status(302)).with(says("")))
		}
		if p := w.m.Scripts.Lookup(baseline.Key{Path: "/logout.php"}); p == nil || p.Networks() < 3 {
			t.Error("not learned")
		}
	})
	t.Run("where the root is known, a missing file stays missing", func(t *testing.T) {
		w := rootedWatch(t)
		for n := range 5 {
			w.see(get(fmt.Sprintf("/p%d.php", n), stranger).with(rooted).with(missing))
		}
		if o := w.see(get("/q.php", stranger).with(rooted).with(status(404)).with(says("something else"))); o.response != Clean {
			t.Errorf("%+v", o)
		}
	})
}

func TestDormantScriptThatTakesAPayload(t *testing.T) {
	w := newWatch(t)
	for n := range 5 {
		w.see(get("/old.php", n).with(post))
	}
	w.learn(same, "/a.php")
	w.now = w.now.Add(121 * 24 * time.Hour)
	if o := w.see(get("/old.php", stranger).with(unreferred)); o.response != Clean {
		t.Errorf("reading it: %+v", o)
	}
	if o := w.see(get("/old.php", stranger+1).with(post).with(unreferred)); o.response != Suspicious || !o.has(1005) || o.refuseRequest {
		t.Errorf("%+v", o)
	}
}

func TestDeployWindowMakesNothingNew(t *testing.T) {
	w := rootedWatch(t)
	w.m.Decisions.Deploy(10*time.Minute, baseline.Author{Via: "test"}, w.now)
	w.drop("/release.php", w.now.Add(time.Minute))
	w.drop("/uploads/x.php", w.now.Add(time.Minute))
	w.now = w.now.Add(2 * time.Minute)
	if o := w.see(get("/release.php", stranger).with(rooted).with(post).with(unreferred)); o.response != Clean {
		t.Errorf("within: %+v", o)
	}
	if o := w.see(get("/uploads/x.php", stranger).with(rooted).with(post).with(unreferred)); !o.refuseRequest {
		t.Errorf("among uploads: %+v", o)
	}
	w.drop("/release2.php", w.now)
	w.now = w.now.Add(time.Hour)
	if o := w.see(get("/release2.php", stranger).with(rooted).with(post).with(unreferred)); o.response != Clean {
		t.Errorf("put there within, asked for later: %+v", o)
	}
	w.drop("/shell.php", w.now)
	if o := w.see(get("/shell.php", stranger).with(rooted).with(post).with(unreferred)); !o.refuseRequest {
		t.Errorf("after: %+v", o)
	}
}

func TestServersOfFilesPayNoAttentionToPayloads(t *testing.T) {
	size := func(n int64) func(*Exchange) { return func(x *Exchange) { x.Length = n } }
	w := newWatch(t)
	for n := range 30 {
		w.see(get("/docs/", n).with(kind("text/html")).with(size(1200)))
		w.see(get("/docs/a.pdf", n).with(size(9000)))
	}
	w.learn(same, "/a.php")
	for _, path := range []string{"/docs/", "/docs/a.pdf"} {
		length := map[string]int64{"/docs/": 1200, "/docs/a.pdf": 9000}[path]
		sent := get(path, stranger).with(post).with(unreferred)
		if path == "/docs/" {
			sent = sent.with(kind("text/html"))
		}
		if o := w.see(sent.with(size(length))); o.response != Clean {
			t.Errorf("%s, answered as if it was read: %+v", path, o)
		}
		if o := w.see(sent.with(size(length + 1))); o.response == Clean {
			t.Errorf("%s, answered otherwise: %+v", path, o)
		}
		if o := w.see(sent.with(size(length)).with(kind("text/plain"))); o.response == Clean {
			t.Errorf("%s, answered as another type: %+v", path, o)
		}
	}
	if n := w.m.Scripts.Count(baseline.Provisional); n > 2 { // the two that answered otherwise
		t.Errorf("%d provisional", n)
	}
}

func TestSitesThatServeSourcesAsFiles(t *testing.T) {
	w := newWatch(t)
	for n := range 30 {
		for _, name := range []string{"a.sh", "b.pl", "c.sh", "d.py"} {
			w.see(get("/files/"+name, n))
		}
	}
	w.learn(same, "/a.php")
	if o := w.see(get("/files/new.sh", stranger).with(unreferred)); o.has(1010) || o.response == Malicious {
		t.Errorf("a source that is read: %+v", o)
	}
	if o := w.see(get("/files/x.php", stranger).with(unreferred).with(post)); o.response != Malicious || !o.has(1010) || !o.refuseRequest {
		t.Errorf("a payload: %+v", o)
	}
}
