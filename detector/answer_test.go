package detector

import (
	"fmt"
	"testing"
)

// says sets the beginning of the answer.
func says(answer string) func(*Exchange) {
	return func(x *Exchange) { x.Answer, x.AnswerTaken, x.ContentType = []byte(answer), true, "text/html" }
}

func TestApplicationsThatAnswerToEveryName(t *testing.T) {
	front := func(what string) func(*Exchange) {
		return says(fmt.Sprintf("<!doctype html><title>Shop</title><body class=shop><nav>Home Products About Contact</nav><main class=page><h1>Welcome to our little shop</h1><p>%s", what))
	}
	w := newWatch(t)
	for n := range 30 {
		w.see(get("/", n).with(front("/")))
		w.see(get("/products/chair", n).with(front("/products/chair")))
	}
	w.learn(same, "/a.php")
	t.Run("a missing script that is shown a page of the application is none", func(t *testing.T) {
		if o := w.see(get("/missing.php", stranger).with(unreferred).with(front("/missing.php"))); o.request != Suspicious || o.response != Clean {
			t.Errorf("%+v", o)
		}
		if w.m.Scripts.Count(0) != 0 {
			t.Error("it got a profile")
		}
	})
	t.Run("a script that says something else is", func(t *testing.T) {
		for n, answer := range []string{"uid=33(www-data) gid=33(www-data)", "", "ok"} {
			if o := w.see(get("/x.php", stranger+n).with(unreferred).with(says(answer))); o.response != Suspicious {
				t.Errorf("%q: %+v", answer, o)
			}
		}
	})
	t.Run("a file that is there is, whatever it says", func(t *testing.T) {
		w := rootedWatch(t)
		const home = "welcome home to a page with more words than it needs to be told from any other"
		w.m.NotFound.LearnFront(w.m.NotFound.Page(200, "text/html", []byte(home), ""))
		w.drop("/x.php", w.now)
		if o := w.see(get("/x.php", stranger).with(rooted).with(says(home))); o.response != Suspicious {
			t.Errorf("%+v", o)
		}
	})
	t.Run("nothing is learned of it once the site enforces", func(t *testing.T) {
		const shell = "exactly what my shell says, in enough words to be told from what anything else on the site says"
		w.see(get("/search/x", 1).with(says(shell)))
		if o := w.see(get("/y.php", stranger).with(unreferred).with(says(shell))); o.response != Suspicious {
			t.Errorf("%+v", o)
		}
	})
}

func TestPayloadsThatSpeakWhereNoMissingPageIsKnown(t *testing.T) {
	for _, answer := range []int{302, 404, 500} {
		w := newWatch(t)
		w.learn(same, "/a.php")
		probe := get("/x.php", stranger).with(post).with(unreferred).with(says("any")).with(status(answer))
		if o := w.see(probe.with(sends(formType, "a=1&b=2"))); o.response != Clean {
			t.Errorf("%d, a form: %+v", answer, o)
		}
		if o := w.see(probe.with(sends(formType, opaque))); o.response != Malicious {
			t.Errorf("%d, no form: %+v", answer, o)
		}
	}
}
