package detector

import (
	"strings"
	"testing"
)

func iis(x *Exchange) { x.IgnoresCase = true }

// An upper-case suffix is a disguise only where it is not the site's own spelling.
func TestUpperCaseSuffixes(t *testing.T) {
	for _, tt := range []struct {
		name     string
		learn    func(*watch)
		path     string
		disguise bool
	}{
		{"a site in lower case", func(w *watch) { w.learn(same, "/a.asp") }, "/X.ASP", true},
		{"a site in upper case", func(w *watch) { w.learn(same, "/A.ASP") }, "/X.ASP", false},
		{"IIS", func(w *watch) { w.learn(iis, "/a.asp") }, "/X.ASP", false},
		{"the name of a service, where such a suffix is no script's", func(w *watch) { w.learn(same, "/a.php") }, "/shop.Svc/Get", false},
		{"something after a script of the site's kind", func(w *watch) { w.learn(same, "/a.svc") }, "/shop.Svc/Get", true},
		{"a script of another kind by itself", func(w *watch) { w.learn(same, "/a.php") }, "/shop.Svc", true},
	} {
		w := newWatch(t)
		tt.learn(w)
		if o := w.see(get(tt.path, stranger).with(post)); o.has(1011) != tt.disguise || !o.has(1001) || (o.response == Malicious) != tt.disguise {
			t.Errorf("%s: %+v", tt.name, o)
		}
	}
}

// On a server that knows no case a script is known by any spelling, as is what was held
// against it.
func TestOneScriptBySpellingsOfOtherCase(t *testing.T) {
	for _, known := range []bool{true, false} {
		w := newWatch(t)
		change := same
		if known {
			change = iis
		}
		w.learn(change, "/Products.aspx")
		if o := w.see(get("/products.ASPX", stranger).with(change)); (o.response == Clean) != known || o.has(1001) == known {
			t.Errorf("IIS %v: %+v", known, o)
		}
	}
}

// What is called by gRPC has unreadable payloads by its nature; nothing says that it is a
// script.
func TestServicesCalledByGRPC(t *testing.T) {
	call := func(x *Exchange) {
		post(x)
		x.Header = map[string][]string{"Content-Type": {"application/grpc+proto"}}
		x.ContentType, x.Body = "application/grpc", []byte(strings.Repeat("QUJDREVGR0hJSktMTU5P", 50))
		x.Sent = int64(len(x.Body))
	}
	for path, want := range map[string]Verdict{"/shop.Svc/Get": Suspicious, "/shop.py/Get": Suspicious, "/shop.svc": Malicious} {
		w := newWatch(t)
		w.learn(same, "/a.php")
		if o := w.see(get(path, stranger).with(call)); o.response != want || o.refuseRequest != (want == Malicious) {
			t.Errorf("%s: %+v", path, o)
		}
	}
	w := newWatch(t)
	w.learn(same, "/a.php")
	if o := w.see(get("/shop.svc/Get", stranger).with(call).with(kind("text/html"))); o.response != Malicious {
		t.Errorf("it answered with a page: %+v", o)
	}
}
