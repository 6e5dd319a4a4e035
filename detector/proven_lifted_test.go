package detector

import (
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

func TestProvenRoutes(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php", "/user/list", "/style.css")
	x := get("/logo.png", stranger).with(sends(formType, "pass="+opaque)).with(unreferred).with(kind("text/html")).with(length(9))
	if o := w.pass(x); o.refuseRequest || o.response != Malicious {
		t.Fatalf("a picture that takes payloads: %+v", o)
	}
	if o := w.see(plain("/logo.png", stranger)); !o.proven() {
		t.Errorf("%+v", o)
	}
	if o := w.see(plain("/logo2.png", stranger)); o.has(signal.ProvenClientID) {
		t.Errorf("another picture: %+v", o)
	}
	if o := w.see(plain("/logo.png", 3)); o.has(signal.ProvenClientID) {
		t.Errorf("another visitor: %+v", o)
	}
}

func TestDecisionsLiftProofs(t *testing.T) {
	by, a := baseline.Author{Via: "test"}, []baseline.Key{{Path: "/a.php"}}
	for what, lift := range map[string]func(*watch){
		"approve": func(w *watch) { w.m.Decisions.SetTrust(a, baseline.Trusted, by, w.now, w.d.Limits()) },
		"forget":  func(w *watch) { w.m.Decisions.Forget(a, by, w.now) },
	} {
		w := provenWatch(t)
		w.m.Decisions.SetTrust([]baseline.Key{{Path: "/b.php"}}, baseline.Trusted, by, w.now, w.d.Limits())
		if list, _ := w.m.Proven.List(w.now); len(list) != 1 {
			t.Fatalf("%s: of another script: %+v", what, list)
		}
		lift(w)
		if o := w.see(plain("/a.php", stranger)); o.has(signal.ProvenClientID) {
			t.Errorf("%s: %+v", what, o)
		}
	}
}

func TestWhatProvesNobody(t *testing.T) {
	t.Run("a site that learns", func(t *testing.T) {
		w := newWatch(t)
		w.pass(command("/uploads/x.php", stranger))
		w.enforce()
		if list, _ := w.m.Proven.List(w.now); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
	t.Run("what an operator denied", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		w.m.Decisions.SetTrust([]baseline.Key{{Path: "/a.php"}}, baseline.Denied, baseline.Author{Via: "test"}, w.now, w.d.Limits())
		w.see(get("/a.php", 3))
		if list, _ := w.m.Proven.List(w.now); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
	t.Run("what is suspicious", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		if o := w.see(get("/x.php", stranger).with(unreferred)); o.response != Suspicious {
			t.Fatalf("%+v", o)
		}
		if list, _ := w.m.Proven.List(w.now); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
}
