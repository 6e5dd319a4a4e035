package detector

import (
	"fmt"
	"testing"
)

// What is called like a file takes no payloads, unless programs of the site are called so.
func TestFilesOfUnlistedExtensions(t *testing.T) {
	learned := func(t *testing.T) *watch {
		w := newWatch(t)
		for n := range 30 {
			w.see(get("/docs/a.txt", n).with(kind("text/plain")))
			w.see(get("/app/save.do", n).with(post))
			w.see(get("/app/page", n).with(kind("text/html")))
			w.see(get(fmt.Sprintf("/user/jane.doe%d", n), n).with(post))
		}
		w.learn(same, "/a.php")
		return w
	}
	for _, tt := range []struct {
		path   string
		change func(*Exchange)
		fires  bool
	}{
		{"/app/perl.alfa", post, true},
		{"/app/up.inc", post, true},
		{"/docs/b.txt", post, true},
		{"/app/x.PHTM2", post, true},
		{"/app/perl.alfa", same, false},
		{"/app/perl.alfa", func(x *Exchange) { post(x); x.Status = 404 }, false},
		{"/app/other.do", post, false},          // programs of the site are called so
		{"/app/v1.2", post, false},              // a version
		{"/app/John.Featherstone", post, false}, // a name
		{"/app/.hidden", post, false},
		{"/app/other", post, false},
	} {
		w := learned(t)
		o := w.see(get(tt.path, stranger).with(unreferred).with(tt.change))
		if o.has(1043) != tt.fires || (o.response == Suspicious) != tt.fires || o.refuseResponse {
			t.Errorf("%s: %+v", tt.path, o)
		}
	}
	w := newWatch(t)
	if o := w.see(get("/app/perl.alfa", stranger).with(unreferred).with(post)); o.response != Clean {
		t.Errorf("while learning: %+v", o)
	}
}

// A page that is only read takes a payload if it answers otherwise, also by a redirect; a
// site that redirects who reads does not say so.
func TestPagesThatRedirectPayloads(t *testing.T) {
	for _, s := range []int{200, 302, 303, 307} {
		for reads, want := range map[int]Verdict{5: Clean, 12: Suspicious, 40: Suspicious} {
			w := newWatch(t)
			for n := range reads {
				w.see(get("/", n).with(kind("text/html")))
			}
			w.learn(same, "/app/a.php")
			attack := get("/", stranger).with(unreferred).with(post).with(query("x=1")).with(status(s)).with(func(x *Exchange) { x.Length = 99 })
			if o := w.see(attack); o.response != want || o.has(1014) != (want != Clean) {
				t.Errorf("%d after %d reads: %+v", s, reads, o)
			}
		}
	}
	w := newWatch(t)
	for n := range 40 {
		w.see(get("/", n).with(kind("text/html")))
		w.see(get("/", n).with(status(302)))
	}
	w.learn(same, "/app/a.php")
	for path, s := range map[string]int{"/": 302, "/made-up/": 302, "/other": 405} {
		if o := w.see(get(path, stranger).with(unreferred).with(post).with(status(s))); o.response != Clean {
			t.Errorf("%s, %d: %+v", path, s, o)
		}
	}
}

// A site that says of its pictures that they are pages is not told of each.
func TestSitesThatSendFilesAsPages(t *testing.T) {
	for pages, want := range map[int]Verdict{2: Suspicious, 20: Clean} {
		w := newWatch(t)
		for n := range 30 {
			how := kind("image/jpeg")
			if n < pages {
				how = kind("text/html")
			}
			w.see(get(fmt.Sprintf("/img/%d.jpg", n), n).with(how))
		}
		w.learn(same, "/a.php")
		if o := w.see(get("/img/new.jpg", stranger).with(unreferred).with(kind("text/html"))); o.response != want {
			t.Errorf("%d of 30: %+v", pages, o)
		}
		if o := w.see(get("/img/other.jpg", stranger).with(unreferred).with(kind("text/html")).with(post)); o.response != Malicious {
			t.Errorf("a payload where %d of 30 are pages: %+v", pages, o)
		}
	}
}
