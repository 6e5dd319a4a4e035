package detector

import (
	"slices"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

func TestBodyWanted(t *testing.T) {
	for _, tt := range []struct {
		name string
		path string
		as   func(*Exchange)
		want bool
	}{
		{"of a payload to a new script", "/x.php", post, true},
		{"of a payload to a script that few visited", "/late.php", post, true},
		{"of a stranger's first payload to a trusted script", "/a.php", func(x *Exchange) { post(x); rooted(x) }, true},
		{"not of a visitor's payload to a trusted script", "/a.php", func(x *Exchange) { *x = get("/a.php", 3).with(post).with(rooted) }, false},
		{"not of a payload to what is no script", "/route", post, false},
		{"not of a request that brings nothing", "/x.php", same, false},
		{"not of a request that is refused", "/uploads/x.php", post, false},
		{"not of a client that expects an answer", "/x.php", func(x *Exchange) { post(x); x.Header = map[string][]string{"Expect": {"100-continue"}} }, false},
		{"not if its file is missing", "/x.php", func(x *Exchange) { post(x); rooted(x) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := rootedWatch(t)
			w.m.Decisions.SetTrust([]baseline.Key{{Path: "/late.php"}}, baseline.Provisional, baseline.Author{Via: "test"}, w.now, baseline.DefaultLimits())
			x := get(tt.path, stranger).with(unreferred).with(tt.as)
			x.Time = w.now
			var e Evaluation
			e.Begin(w.d, w.m, &x)
			if got := e.BodyWanted(); got != tt.want {
				t.Errorf("%t: %+v", got, e.subject)
			}
		})
	}
}

func TestBodyCountsNothingTwice(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	w.m.Containment.Begin(0, true, baseline.Author{Via: "a rehearsal"}, w.now)
	x := get("/x.php", stranger).with(post)
	x.Time = w.now
	var e Evaluation
	e.Begin(w.d, w.m, &x)
	e.Body([]byte("a=b"))
	e.Learn()
	if list, _ := w.m.Containment.Refusals(); len(list) != 1 || list[0].Count != 1 {
		t.Errorf("%+v", list)
	}
}

func TestWholeKnowsOnlyPayloadsThatArePrefetched(t *testing.T) {
	shell := "antx=1&cmd=" + opaque
	late := "text=" + strings.Repeat("word ", PrefetchLen/5) + opaque
	for _, tt := range []struct {
		name, path, body string
		as               func(*Exchange)
		want             []string // where opaque-value fires
	}{
		{"of a new script", "/x.php", shell, same, []string{"request", "response"}},
		{"of a trusted script that never took one", "/a.php", shell, same, []string{"request", "response"}},
		{"of a visitor of a trusted script", "/a.php", shell, func(x *Exchange) { x.Referer, x.Client = "https://example.com/", address(3) }, []string{"response"}},
		{"of a client that expects an answer", "/x.php", shell, func(x *Exchange) { x.Header["Expect"] = []string{"100-continue"} }, []string{"response"}},
		{"within its bound", "/x.php", late, same, []string{"response"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWatch(t)
			w.learn(same, "/a.php")
			x := get(tt.path, stranger).with(unreferred).with(sends(formType, tt.body)).with(tt.as)
			x.Time, x.EffectivePath = w.now, tt.path
			var e Evaluation
			var fired []string
			e.Whole(w.d, w.m, &x, func(j *Judgement) {
				if j.Fired(1040) {
					fired = append(fired, j.Stage.String())
				}
			})
			if !slices.Equal(fired, tt.want) {
				t.Errorf("known at the %v", fired)
			}
			if string(x.Body) != tt.body {
				t.Error("the exchange has lost its body")
			}
		})
	}
}
