package detector

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// exchanges are one of each kind: of known scripts, new ones, routes, files, payloads.
func exchanges() map[string]Exchange {
	return map[string]Exchange{
		"a page":               get("/a.php", 3).with(query("id=1")),
		"a payload to a page":  get("/a.php", stranger).with(sends(formType, "cmd=id")).with(unreferred),
		"a new script":         get("/x.php", stranger).with(unreferred).with(says("uid=33(www-data) gid=33(www-data)")),
		"a shell":              get("/uploads/x.php", stranger).with(sends(formType, "pass="+opaque)).with(says("ok")),
		"a missing script":     get("/gone.php", stranger).with(status(404)).with(says("nothing here of that name, go back to the page that led you to it")),
		"a script in disguise": get("/a%2ephp;x/..;/b.php", stranger).with(post),
		"a route":              get("/user/7/edit", 3).with(post),
		"a file":               get("/style.css", 3).with(kind("text/css")).with(length(700)),
		"a program as picture": get("/logo.png", stranger).with(post).with(kind("text/html")).with(length(9)),
		"an upload":            get("/a.php", stranger).with(sends("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.php\"\r\n\r\n1\r\n--b--\r\n")),
		"what is denied":       get("/denied.php", 3),
	}
}

// judged returns a watch that enforces, in which every part of the memory holds something.
func judged(t testing.TB) *watch {
	w := newWatch(t)
	w.learn(same, "/a.php", "/user/7/edit", "/style.css")
	w.m.Decisions.SetTrust([]baseline.Key{{Path: "/denied.php"}}, baseline.Denied, baseline.Author{Via: "test"}, w.now, w.d.Limits())
	all := exchanges()
	for _, what := range slices.Sorted(maps.Keys(all)) { // what one shows counts for those after it
		w.see(all[what])
	}
	return w
}

// state is everything that is remembered of a site, as far as it can be written down.
func (w *watch) state() []byte {
	w.t.Helper()
	var b bytes.Buffer
	if err := w.m.Export(&b, w.now); err != nil {
		w.t.Fatal(err)
	}
	return b.Bytes()
}

func TestJudgingRemembersNothing(t *testing.T) {
	for _, contained := range []bool{false, true} {
		w := judged(t)
		if contained {
			w.m.Containment.Begin(0, false, baseline.Author{Via: "test"}, w.now)
		}
		before, histories := w.size(), len(w.m.histories.of)
		for what, x := range exchanges() {
			x.Time, x.EffectivePath = w.now, x.Path
			var e Evaluation
			e.Whole(w.d, w.m, &x, func(*Judgement) {})
			e.Features()
			if after := w.size(); after != before || len(w.m.histories.of) != histories {
				t.Errorf("contained %t, %s: %+v, before %+v", contained, what, after, before)
			}
		}
	}
}

// sizes count what is remembered.
type sizes struct {
	profiles, decisions, refusals, routes int
	visits                                int64
	archive                               int
	fresh, posts                          float64
	client                                bool
}

func (w *watch) size() sizes {
	list, _ := w.m.Containment.Refusals()
	s := sizes{decisions: len(w.m.Decisions.List()), refusals: len(list), routes: w.m.Routes.Count(), visits: w.m.Scripts.Visits()}
	for p := range w.m.Scripts.All() {
		s.profiles += 1 + p.Networks() + p.Params() + p.HeaderNames() + int(p.Visits(baseline.MethodGet)+p.Visits(baseline.MethodPost))
	}
	s.archive = len(w.state())
	s.fresh, s.posts = w.m.Rates.FreshClients.Share(0, 1), w.m.Rates.UnreferredPosts.Share(0, 1)
	s.client = w.m.clients.Get(w.m.Hash.Network(address(2*stranger))) != nil
	return s
}

// A call out of order, or a second one, must have no effect: whatever a caller does, the
// outcome is that of the calls that were in order.
func TestCallsOutOfOrderHaveNoEffect(t *testing.T) {
	type call struct {
		name string
		do   func(*Evaluation, *Exchange)
	}
	calls := []call{
		{"Body", func(e *Evaluation, x *Exchange) {
			if e.BodyWanted() {
				e.Body(x.Body)
			}
		}},
		{"Respond", func(e *Evaluation, _ *Exchange) { e.Respond() }},
		{"AnswerWanted", func(e *Evaluation, _ *Exchange) { e.AnswerWanted(); e.AnswerEndWanted() }},
		{"Conclude", func(e *Evaluation, _ *Exchange) { e.Conclude() }},
		{"Learn", func(e *Evaluation, _ *Exchange) { e.Learn() }},
	}
	ordered := []int{0, 1, 2, 3, 4}
	// inOrder is what of a series of calls has an effect.
	inOrder := func(series []int) (kept []int) {
		done := -1
		for _, c := range series {
			switch {
			case c == 2 || c == 0:
				kept = append(kept, c) // may be repeated, changes nothing else
			case c == 3 && !slices.Contains(kept, 1): // there is no answer to conclude
			case c > done:
				kept, done = append(kept, c), c
			}
		}
		return kept
	}
	random := rand.New(rand.NewPCG(1, 2))
	for what, x := range exchanges() {
		for range 20 {
			series := slices.Clone(ordered)
			for range random.IntN(6) {
				series = append(series, ordered[random.IntN(len(ordered))])
			}
			random.Shuffle(len(series), func(i, j int) { series[i], series[j] = series[j], series[i] })
			outcome := func(series []int) (string, sizes) {
				w := judged(t)
				y := x
				y.Time, y.EffectivePath = w.now, y.Path
				var e Evaluation
				e.Conclude() // nothing is begun
				e.Learn()
				e.Begin(w.d, w.m, &y)
				for _, c := range series {
					calls[c].do(&e, &y)
				}
				return e.Judgement().Sentence() + e.Judgement().Stage.String(), w.size()
			}
			said, held := outcome(series)
			wantSaid, wantHeld := outcome(inOrder(series))
			held.archive, wantHeld.archive = 0, 0 // of maps that have no order
			if said != wantSaid || held != wantHeld {
				var names []string
				for _, c := range series {
					names = append(names, calls[c].name)
				}
				t.Fatalf("%s, %s: %q %+v, want %q %+v", what, strings.Join(names, " "), said, held, wantSaid, wantHeld)
			}
		}
	}
}

func TestABodyOfTheSameLengthIsAnotherBody(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	x := get("/x.php", stranger).with(sends(formType, "name=ann&text=hello"))
	x.Time, x.EffectivePath = w.now, x.Path
	var e Evaluation
	e.Begin(w.d, w.m, &x)
	e.Body(x.Body)
	if e.body.asForm() == nil {
		t.Fatal("a form is none")
	}
	x.Body = []byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17")
	e.Respond()
	if e.body.asForm() != nil || !e.Features().Evidence.NotAForm {
		t.Error("another body of that length counts as a form")
	}
}

func TestWhatIsLearnedEndsWhenItIsDue(t *testing.T) {
	w := newWatch(t)
	x := get("/a.php", 1)
	x.Time, x.EffectivePath = start.Add(2*time.Hour), x.Path
	var e Evaluation
	e.Begin(w.d, w.m, &x)
	if e.Judgement().Phase != baseline.Enforcing || w.m.Phases.Closed().IsZero() {
		t.Error("learning goes on")
	}
}
