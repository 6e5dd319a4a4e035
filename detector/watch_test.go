package detector

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// watch plays exchanges through a detector as the handler does, with a clock
// and a file system of its own.
type watch struct {
	t     testing.TB
	d     *Detector
	m     *Memory
	now   time.Time
	files map[baseline.Key]File
	// configured are the files that configure directories.
	configured []Configuration
}

// Changes implements ChangeWatch.
func (w *watch) Changes(key baseline.Key) Changes {
	return Changes{File: w.Stat(key).Changed, Configurations: w.configured}
}

func (w *watch) Stat(key baseline.Key) File {
	if key.Root == "" {
		return File{}
	}
	if f, ok := w.files[key]; ok {
		return f
	}
	return File{State: FileMissing}
}

// newWatch returns a watch of a site that has just begun to learn, for an hour.
func newWatch(t testing.TB, change ...func(*Options)) *watch {
	t.Helper()
	w := &watch{t: t, now: start, files: map[baseline.Key]File{}}
	o := DefaultOptions()
	o.Limits = baseline.Limits{LearnMin: time.Hour, MaxScripts: 1000}
	o.Files = w
	for _, c := range change {
		c(&o)
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.d, w.m = d, NewMemory(baseline.NewSeededSite("a", start, [2]uint64{1, 2}))
	return w
}

// address is one in the n-th network.
func address(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 1}) }

// get is a GET from the n-th network, by a link of the site, answered by 200.
func get(path string, n int) Exchange {
	return Exchange{
		Known:  KnownReferer | KnownOrigin | KnownBody | KnownClient,
		Method: "GET", Path: path, Host: "example.com", Client: address(n),
		Referer: "https://example.com/", Status: 200,
	}
}

// with changes an exchange.
func (x Exchange) with(change func(*Exchange)) Exchange {
	change(&x)
	return x
}

func unreferred(x *Exchange)       { x.Referer, x.Origin = "", "" }
func post(x *Exchange)             { x.Method, x.HasBody = "POST", true }
func rooted(x *Exchange)           { x.Root = "/srv" }
func status(s int) func(*Exchange) { return func(x *Exchange) { x.Status = s } }

// outcome is what became of an exchange at both stages.
type outcome struct {
	request, response Verdict
	refuseRequest     bool
	refuseResponse    bool
	score             float64
	ids               []int
	why               []string
}

func (o outcome) has(id int) bool {
	for _, i := range o.ids {
		if i == id {
			return true
		}
	}
	return false
}

// see plays one exchange. Without an effective path, the requested one ran.
func (w *watch) see(x Exchange) outcome {
	w.t.Helper()
	var e Evaluation
	var o outcome
	x.Time = w.now
	if x.EffectivePath == "" {
		x.EffectivePath, x.EffectiveRoot = x.Path, x.Root
	}
	j := e.Judgement()
	if e.Begin(w.d, w.m, &x); len(x.Body) > 0 {
		e.Body(x.Body)
	}
	o.request, o.refuseRequest = j.Verdict, j.Refusal != NotRefused
	e.Respond()
	if e.AnswerWanted() && e.AnswerStartWanted() {
		e.AnswerStart(x.Answer[:min(len(x.Answer), AnswerStartLen)])
	}
	if j.Refusal == NotRefused {
		e.Conclude()
	}
	o.response, o.refuseResponse, o.score = j.Verdict, j.Refusal != NotRefused, j.Score
	for _, f := range j.Findings() {
		o.ids = append(o.ids, f.ID)
		o.why = append(o.why, fmt.Sprintf("%s %.1f: %s", f.Name, f.Bits, j.Why(f)))
	}
	e.Learn()
	w.m.Flush()
	return o
}

// bits plays one exchange up to its response, and returns what a signal makes of it.
func (w *watch) bits(x Exchange, id int) float64 {
	w.t.Helper()
	var e Evaluation
	x.Time, x.EffectivePath, x.EffectiveRoot = w.now, x.Path, x.Root
	e.Begin(w.d, w.m, &x)
	e.Respond()
	for _, s := range signal.Catalog() {
		if s.ID == id {
			return s.Bits(e.Features())
		}
	}
	w.t.Fatalf("no signal %d", id)
	return 0
}

// learn teaches 100 GETs of each path by 30 networks, and ends learning.
func (w *watch) learn(change func(*Exchange), paths ...string) {
	w.t.Helper()
	for n := range 100 {
		for _, path := range paths {
			if o := w.see(get(path, n%30).with(change)); o.response != Clean {
				w.t.Fatalf("learning %s: %+v", path, o)
			}
		}
	}
	w.enforce()
}

// enforce lets the minimum time pass.
func (w *watch) enforce() {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	if w.m.Phases.Advance(w.now, w.d.Limits()) != baseline.Enforcing {
		w.t.Fatal("still learning")
	}
	w.now = w.now.Add(time.Minute)
}

func same(*Exchange) {}
