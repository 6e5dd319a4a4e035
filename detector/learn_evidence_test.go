package detector

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// latest is the flagged request that was kept last.
func (w *watch) latest() baseline.FlaggedRequest {
	w.t.Helper()
	list := w.m.Evidence.Requests()
	if len(list) == 0 {
		w.t.Fatal("nothing is kept")
	}
	return list[0]
}

func TestEvidenceOfFlaggedRequests(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	x := get("/x.php", stranger).with(post).with(unreferred)
	x.Query, x.Body, x.ContentType = "cmd=secret&a=&bare", []byte("\x00\x01\x02 not a form"), "text/plain"
	x.Known |= KnownBody
	o := w.see(x)
	if o.response == Clean {
		t.Fatalf("%+v", o)
	}
	r := w.latest()
	if r.Script.Path != "/x.php" || r.Client != address(stranger) || r.Method != "POST" || r.Status != 200 || r.Verdict != o.response || r.Score != o.score ||
		!slices.Equal(r.Signals, o.ids) || !r.Exists || r.TakenBack || r.Denied || !r.Time.Equal(w.now) {
		t.Errorf("%+v\nof %+v", r, o)
	}
	if r.URI != "/x.php?cmd=…&a=…&…" {
		t.Errorf("the query is kept: %q", r.URI)
	}
	if e, ok := w.m.Evidence.Of(r.Script); !ok || e.Flagged != 1 || !e.Standing {
		t.Errorf("%+v", e)
	}
	t.Run("none of clean ones", func(t *testing.T) {
		w.see(get("/a.php", stranger))
		if n := len(w.m.Evidence.Requests()); n != 1 {
			t.Errorf("%d", n)
		}
	})
}

func TestEvidenceKnowsWhatWouldBeBlocked(t *testing.T) {
	sent := func(x *Exchange) {
		post(x)
		unreferred(x)
		x.Path, x.Body = "/uploads/x.php", []byte("x")
	}
	t.Run("at the request, whatever the mode", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		o := w.see(get("", stranger).with(sent))
		if r := w.latest(); r.BlockedAt != "request" || r.TakenBack || !o.refuseRequest {
			t.Errorf("%+v of %+v", r, o)
		}
	})
	t.Run("at the response", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		o := w.see(get("/uploads/x.php", stranger).with(unreferred))
		if r := w.latest(); o.refuseRequest || !o.refuseResponse || r.BlockedAt != "response" {
			t.Errorf("%+v of %+v", r, o)
		}
	})
	t.Run("taken back by the answer", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		o := w.see(get("", stranger).with(sent).with(status(404)))
		r := w.latest()
		if o.response != Clean || r.BlockedAt != "request" || !r.TakenBack || r.Verdict != Malicious || r.Script.Path != "/uploads/x.php" || len(r.Signals) == 0 || r.Status != 404 || r.Exists {
			t.Errorf("%+v of %+v", r, o)
		}
		if w.m.Evidence.StandingScore(r.Script) != 0 {
			t.Error("it speaks against a script that is not there")
		}
	})
	t.Run("not what is only suspicious", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		o := w.see(get("/x.php", stranger))
		if r := w.latest(); o.response != Suspicious || r.BlockedAt != "" {
			t.Errorf("%+v of %+v", r, o)
		}
	})
}

func TestEvidenceOfDecisions(t *testing.T) {
	t.Run("a denied script's visitors are kept, and say nothing against it", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		w.m.Decisions.SetTrust([]baseline.Key{{Path: "/a.php"}}, baseline.Denied, baseline.Author{Via: "test"}, w.now, w.d.Limits())
		w.see(get("/a.php", 3))
		if r := w.latest(); !r.Denied || r.BlockedAt != "" || fmt.Sprint(r.Signals) != "[1090]" || w.m.Evidence.StandingScore(r.Script) != 0 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("containment refuses honest visitors, who are not kept", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		w.m.Containment.Begin(0, false, baseline.Author{Via: "test"}, w.now)
		if o := w.see(get("/article.php", 3)); o.response != Suspicious || !o.refuseRequest {
			t.Fatalf("%+v", o)
		}
		if n := len(w.m.Evidence.Requests()); n != 0 {
			t.Errorf("%+v", w.latest())
		}
	})
	t.Run("in containment evidence is kept, and nothing learned", func(t *testing.T) {
		w := newWatch(t)
		w.learn(same, "/a.php")
		w.m.Containment.Begin(0, false, baseline.Author{Via: "test"}, w.now)
		x := get("/uploads/x.php", stranger).with(post).with(unreferred)
		x.Body = []byte("x")
		w.see(x)
		r := w.latest()
		if r.Verdict != Malicious || r.BlockedAt != "request" || slices.Contains(r.Signals, 1091) || r.Exists || !r.Contained || w.m.Evidence.StandingScore(r.Script) == 0 {
			t.Errorf("%+v", r)
		}
		if w.m.Scripts.Lookup(r.Script) != nil {
			t.Error("it learned")
		}
	})
}

func TestEvidenceIsBounded(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	x := get("/uploads/x.php", stranger).with(unreferred)
	x.Path += "/" + strings.Repeat("p", 10_000)
	x.Query = strings.Repeat("name=value&", 1000) + strings.Repeat("n", 10_000) + "="
	x.Method = strings.Repeat("M", 1000)
	w.see(x)
	if r := w.latest(); len(r.URI) > 1100 || len(r.Method) > 32 || !strings.HasPrefix(r.URI, "/uploads/x.php/ppp") || !strings.Contains(r.URI, "?name=…&name=…") {
		t.Errorf("%d bytes of URI, %d of method: %+v", len(r.URI), len(r.Method), r)
	}
}
