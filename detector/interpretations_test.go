package detector

import (
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

func TestAShellBehindAKnownNameWithoutARoot(t *testing.T) {
	// Each was run by PHP-FPM or Tomcat behind reverse_proxy while the guard took
	// it for the known script, or for none.
	for path, raw := range map[string]string{
		"/uploads/x.php/..;/..;/a.php":    "",
		"/uploads/x.php/.. /.. /a.php":    "/uploads/x.php/..%20/..%20/a.php",
		"/uploads/x.php/..::$x/..;/a.css": "",
		"/uploads/x.php;/../../a.php":     "/uploads/x.php;%2f..%2f..%2fa.php",
		"/a.php/..;/uploads/x.php":        "",
	} {
		w := newWatch(t)
		w.learn(same, "/a.php")
		rawly := func(x *Exchange) { x.RawPath = raw }
		if o := w.see(get(path, stranger).with(post).with(unreferred).with(rawly)); !o.refuseRequest || !o.has(1010) {
			t.Errorf("%s: %+v", path, o)
		}
	}
	t.Run("a denied one is refused by every name", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.jsp")
		w.m.Decisions.SetTrust([]baseline.Key{{Path: "/d/s.jsp"}}, baseline.Denied, baseline.Author{Via: "test"}, w.now, w.d.Limits())
		for _, path := range []string{"/d;a.jsp/s.jsp", "/d/..;a.jsp/d/s.jsp", "/d/s.jsp/..;/..;/a.jsp"} {
			if o := w.see(get(path, stranger)); !o.refuseRequest || !o.has(1090) {
				t.Errorf("%s: %+v", path, o)
			}
		}
	})
	t.Run("known names in both readings are clean", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php", "/b.php")
		for _, path := range []string{"/a.php/../b.php", "/a.php;x=/y", "/a.php;jsessionid=1"} {
			if o := w.see(get(path, stranger)); o.response != Clean {
				t.Errorf("%s: %+v", path, o)
			}
		}
	})
}
