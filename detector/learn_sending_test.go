package detector

import (
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// What is compared when learning ends: who read something else before, what cannot be
// read, and answers without markup.
func TestWhatSendersShowWhileTheSiteLearns(t *testing.T) {
	opaque := func(x *Exchange) { x.Body = []byte("x=" + strings.Repeat("Qk", 300)) }
	bare := func(x *Exchange) { x.ContentType, x.Answer, x.AnswerTaken = "text/html", []byte("done"), true }
	page := func(x *Exchange) { x.ContentType, x.Answer, x.AnswerTaken = "text/html", []byte("<p>done"), true }
	query := func(x *Exchange) { x.Query = "c=1" }
	for name, c := range map[string]struct {
		before  string
		request []func(*Exchange)
		want    baseline.Sending
	}{
		"a stranger":                    {"", []func(*Exchange){post}, baseline.Sending{Some: true}},
		"who read the same script":      {"/x.php", []func(*Exchange){post}, baseline.Sending{Some: true}},
		"who read another":              {"/a.php", []func(*Exchange){post}, baseline.Sending{Some: true, Regular: true}},
		"who fetched a picture":         {"/a.png", []func(*Exchange){post}, baseline.Sending{Some: true, Regular: true}},
		"who read a page of no file":    {"/", []func(*Exchange){post}, baseline.Sending{Some: true, Regular: true}},
		"what nobody can read":          {"", []func(*Exchange){post, opaque}, baseline.Sending{Some: true, Opaque: true}},
		"an answer without markup":      {"", []func(*Exchange){post, bare}, baseline.Sending{Some: true, Bare: true}},
		"an answer with markup":         {"", []func(*Exchange){post, page}, baseline.Sending{Some: true}},
		"a query":                       {"", []func(*Exchange){query}, baseline.Sending{Some: true}},
		"a name and nothing else":       {"", nil, baseline.Sending{}},
		"of a client that is in no log": {"", []func(*Exchange){post, func(x *Exchange) { x.Known &^= KnownClient }}, baseline.Sending{Some: true, Regular: true}},
	} {
		w := newWatch(t)
		w.log(get("/x.php", 1))
		w.log(get("/a.php", 2))
		if c.before != "" {
			w.log(get(c.before, stranger))
			w.m.Flush()
		}
		x := get("/x.php", stranger)
		for _, change := range c.request {
			x = x.with(change)
		}
		x.Time, x.EffectivePath = w.now, x.Path
		e := new(Evaluation)
		e.Whole(w.d, w.m, &x, func(*Judgement) {})
		e.learnClient()
		got := e.sending()
		if got.Agent = 0; got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// After learning, nothing adds to it.
func TestWhatSendersShowAfterwardsIsNotCompared(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	x := get("/a.php", 1).with(post)
	x.Time, x.EffectivePath = w.now, x.Path
	e := new(Evaluation)
	e.Whole(w.d, w.m, &x, func(*Judgement) {})
	if got := e.sending(); got != (baseline.Sending{}) {
		t.Errorf("%+v", got)
	}
}
