package detector

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// token is the n-th session that a cookie carries.
func token(n int) string { return fmt.Sprintf("%032x", 0x9e3779b97f4a7c15*uint64(n+1)>>1) + "f3a1" }

func cookie(value string) func(*Exchange) {
	return func(x *Exchange) { x.Header = map[string][]string{"Cookie": {"theme=dark; sid=" + value}} }
}

// command is a payload to a page that was only read; plain one that nothing is strange
// about but the method.
func command(path string, n int) Exchange {
	x := get(path, n).with(sends(formType, "pass="+opaque)).with(unreferred)
	return x.with(says("uid=33(www-data) gid=33(www-data)"))
}

func plain(path string, n int) Exchange { return get(path, n).with(post).with(length(400)) }

// pass plays an exchange whose body becomes known as the upstream reads it.
func (w *watch) pass(x Exchange) (o outcome) {
	w.t.Helper()
	var e Evaluation
	x.Time, x.EffectivePath, x.EffectiveRoot = w.now, x.Path, x.Root
	e.Begin(w.d, w.m, &x)
	j := e.Judgement()
	o.request, o.refuseRequest = j.Verdict, j.Refusal != NotRefused
	e.Respond()
	e.AnswerWanted()
	e.Conclude()
	o.response, o.score = j.Verdict, j.Score
	for _, f := range j.Findings() {
		o.ids = append(o.ids, f.ID)
	}
	e.Learn()
	w.m.Flush()
	return o
}

// provenWatch enforces, and has seen a stranger's command to a page.
func provenWatch(t *testing.T, change ...func(*Exchange)) *watch {
	t.Helper()
	w := newWatch(t)
	w.learn(same, "/a.php", "/b.php", "/user/list", "/user/edit")
	x := command("/a.php", stranger)
	for _, c := range change {
		header := x.Header
		if x = x.with(c); header != nil && x.Header["Content-Type"] == nil {
			x.Header["Content-Type"] = header["Content-Type"]
		}
	}
	if o := w.pass(x); o.refuseRequest || o.response != Malicious {
		t.Fatalf("the first command: %+v", o)
	}
	w.now = w.now.Add(14 * time.Minute)
	return w
}

func (o outcome) proven() bool {
	return o.request == Malicious && o.response == Malicious && o.refuseRequest && o.has(signal.ProvenClientID)
}

func TestProvenClient(t *testing.T) {
	w := provenWatch(t)
	for what, x := range map[string]Exchange{
		"a visitor of the endpoint":                plain("/a.php", 3).with(query("x=1")),
		"the client's read":                        get("/a.php", stranger),
		"its read with a query":                    get("/a.php", stranger).with(query("id=1")),
		"its payload elsewhere":                    plain("/b.php", stranger),
		"its payload to the same name in a folder": plain("/user/a.php", stranger),
	} {
		if o := w.see(x); o.has(signal.ProvenClientID) || o.refuseRequest {
			t.Errorf("%s: %+v", what, o)
		}
	}
	for what, x := range map[string]Exchange{
		"a payload":                     plain("/a.php", stranger),
		"with a method that nobody has": get("/a.php", stranger).with(func(x *Exchange) { x.Method = "PROPFIND" }),
		"a read with a body":            get("/a.php", stranger).with(func(x *Exchange) { x.HasBody = true }),
		"a neighbour's":                 plain("/a.php", stranger).with(func(x *Exchange) { x.Client = x.Client.Next() }),
		"by another spelling":           plain("//x/../a.php", stranger),
		"with something after the name": plain("/a.php/x", stranger),
	} {
		o := w.see(x)
		if !o.proven() || o.score < 16 {
			t.Errorf("%s: %+v", what, o)
		}
		if !slices.ContainsFunc(o.why, func(why string) bool {
			return strings.Contains(why, "this network's request 14 minutes ago was malicious (")
		}) {
			t.Errorf("%s: %q", what, o.why)
		}
	}
}

func TestProofsEnd(t *testing.T) {
	w := provenWatch(t)
	for range 10 { // what is refused, or passes in log mode, is no proof
		w.now = w.now.Add(4 * time.Minute)
		if o := w.see(plain("/a.php", stranger)); !o.proven() {
			t.Fatalf("after %s: %+v", w.now.Sub(start), o)
		}
	}
	w.now = w.now.Add(6 * time.Minute)
	if o := w.see(plain("/a.php", stranger)); o.has(signal.ProvenClientID) {
		t.Errorf("after an hour: %+v", o)
	}
	w.pass(command("/a.php", stranger))
	w.now = w.now.Add(50 * time.Minute)
	if o := w.pass(command("/a.php", stranger)); !o.proven() { // in log mode, which is another proof
		t.Errorf("%+v", o)
	}
	w.now = w.now.Add(50 * time.Minute)
	if o := w.see(plain("/a.php", stranger)); !o.proven() {
		t.Errorf("a proof does not renew: %+v", o)
	}
	w.now = w.now.Add(-3 * time.Hour)
	if o := w.see(plain("/a.php", stranger)); o.has(signal.ProvenClientID) {
		t.Errorf("of a clock that was ahead: %+v", o)
	}
}

func TestProvenSessions(t *testing.T) {
	t.Run("the session from other networks", func(t *testing.T) {
		w := provenWatch(t, cookie(token(1)))
		for n := range 5 {
			o := w.see(plain("/a.php", stranger+100+n).with(cookie(token(1))))
			if !o.proven() || !strings.Contains(strings.Join(o.why, ""), "this session's request") {
				t.Errorf("network %d: %+v", n, o)
			}
		}
		if o := w.see(plain("/a.php", stranger).with(cookie(token(2)))); !o.proven() {
			t.Errorf("the network with another session: %+v", o)
		}
		if o := w.see(plain("/a.php", stranger+1).with(cookie(token(2)))); o.has(signal.ProvenClientID) {
			t.Errorf("another network with another session: %+v", o)
		}
	})
	for what, value := range map[string]string{"short": "f3a1b2", "of words": "the-dark-theme-with-large-fonts-please", "of one letter": strings.Repeat("a1", 30)} {
		t.Run("a value that is "+what, func(t *testing.T) {
			w := provenWatch(t, cookie(value))
			if o := w.see(plain("/a.php", stranger+100).with(cookie(value))); o.has(signal.ProvenClientID) {
				t.Errorf("%+v", o)
			}
		})
	}
	t.Run("a value that every visitor brings", func(t *testing.T) {
		w := newWatch(t)
		w.learn(cookie(token(7)), "/a.php")
		w.pass(command("/a.php", stranger).with(func(x *Exchange) { x.Header["Cookie"] = []string{"sid=" + token(7)} }))
		if o := w.see(plain("/a.php", stranger)); !o.proven() {
			t.Fatalf("%+v", o)
		}
		if o := w.see(plain("/a.php", 3).with(cookie(token(7)))); o.has(signal.ProvenClientID) {
			t.Errorf("an honest visitor: %+v", o)
		}
	})
	t.Run("of a client that nobody knows", func(t *testing.T) {
		unknown := func(x *Exchange) { x.Known &^= KnownClient }
		w := provenWatch(t, cookie(token(1)), unknown)
		if o := w.see(plain("/a.php", 3).with(cookie(token(1)))); !o.proven() {
			t.Errorf("%+v", o)
		}
		if o := w.see(plain("/a.php", 3).with(unknown)); o.has(signal.ProvenClientID) {
			t.Errorf("another client that nobody knows: %+v", o)
		}
	})
}

// TestProofsByReads: a shell that takes its commands in what reads carry too.
func TestProofsByReads(t *testing.T) {
	w := newWatch(t)
	w.learn(same, "/a.php")
	prove := func(t *testing.T, x Exchange) {
		t.Helper()
		var e Evaluation
		x.Time, x.EffectivePath = w.now, x.Path
		e.Begin(w.d, w.m, &x)
		e.Respond()
		e.judgement.Verdict, e.judgement.Score = Malicious, 20 // by an answer that says so
		e.noteProof()
		e.Learn()
	}
	read := func(q string) Exchange { return get("/a.php", stranger).with(query(q)) }
	header := func(name string) func(*Exchange) {
		return func(x *Exchange) { x.Header = map[string][]string{name: {opaque[:80]}} }
	}
	prove(t, read("id=1"))
	prove(t, read("c=whoami"))
	prove(t, get("/a.php", stranger).with(header("X-Filter")))
	for what, c := range map[string]struct {
		x    Exchange
		want bool
	}{
		"the same parameter":                      {read("c=id"), true},
		"with another":                            {read("z=9&c=id"), true},
		"the same header":                         {get("/a.php", stranger).with(header("X-Filter")), true},
		"a payload":                               {plain("/a.php", stranger), true},
		"other parameters":                        {read("page=2"), false},
		"another header":                          {get("/a.php", stranger).with(header("X-Other")), false},
		"no parameters":                           {get("/a.php", stranger), false},
		"the same parameter by a visitor":         {get("/a.php", 3).with(query("c=id")), false},
		"the same parameter to another script":    {get("/b.php", stranger).with(query("c=id")), false},
		"the same header with a value that reads": {get("/a.php", stranger).with(func(x *Exchange) { x.Header = map[string][]string{"X-Filter": {"gzip"}} }), false},
	} {
		if o := w.see(c.x); o.has(signal.ProvenClientID) != c.want || o.refuseRequest != c.want {
			t.Errorf("%s: %+v", what, o)
		}
	}
}
