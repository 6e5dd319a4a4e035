package caddymodule

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// captureLen is how much the tees of these tests capture.
const captureLen = 3 << 10

// prefetched is a tee of which the first limit bytes are prefetched, as the handler does.
func prefetched(body io.ReadCloser, limit int, timeout time.Duration) *bodyTee {
	buffer := make([]byte, captureLen)
	b := &bodyTee{ReadCloser: body, buffer: &buffer, limit: captureLen}
	b.startPrefetch(limit, timeout)
	return b
}

// lone is a body that fails the test if two of its methods run at once.
type lone struct {
	io.Reader
	t    *testing.T
	busy atomic.Bool
}

func (l *lone) Read(p []byte) (int, error) {
	if l.busy.Swap(true) {
		l.t.Error("two Reads at once")
	}
	defer l.busy.Store(false)
	return l.Reader.Read(p)
}

func (l *lone) Close() error { return nil }

// numbered is n bytes of which each block is unlike the others.
func numbered(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%d,", i)
	}
	return b.Bytes()[:n]
}

func TestPrefetchHandsOnTheWholeBody(t *testing.T) {
	const limit = 1 << 10
	ways := map[string]func(io.Reader) io.Reader{
		"at once":            func(r io.Reader) io.Reader { return r },
		"byte by byte":       iotest.OneByteReader,
		"in halves":          iotest.HalfReader,
		"with the end's EOF": iotest.DataErrReader,
		"slowly":             func(r io.Reader) io.Reader { return drip{r, 7, 10 * time.Millisecond} },
		"very slowly":        func(r io.Reader) io.Reader { return drip{r, 100, 400 * time.Millisecond} },
		"too late":           func(r io.Reader) io.Reader { return drip{r, 4 << 10, 2 * time.Second} },
	}
	prompt := map[string]bool{"at once": true, "byte by byte": true, "in halves": true, "with the end's EOF": true}
	for _, size := range []int{0, 1, limit - 1, limit, limit + 1, captureLen - 1, captureLen, captureLen + 1, 1 << 20} {
		for way, as := range ways {
			if size == 1<<20 && strings.Contains(way, "slow") {
				continue
			}
			t.Run(fmt.Sprintf("of %d bytes that come %s", size, way), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					want, began := numbered(size), time.Now()
					b := prefetched(&lone{Reader: as(bytes.NewReader(want)), t: t}, limit, prefetchTimeout)
					if waited := time.Since(began); waited > prefetchTimeout {
						t.Errorf("it waited %v", waited)
					}
					early := b.prefix()
					if len(early) > limit || !bytes.HasPrefix(want, early) || prompt[way] && len(early) != min(size, limit) {
						t.Errorf("%d bytes were prefetched", len(early))
					}
					if n, err := b.Read(nil); n != 0 || err != nil {
						t.Error(n, err)
					}
					if got, err := io.ReadAll(b); err != nil || !bytes.Equal(got, want) {
						t.Errorf("%d bytes, %v", len(got), err)
					}
					if !bytes.Equal(b.prefix(), want[:min(size, captureLen)]) {
						t.Errorf("%d bytes are known of it", len(b.prefix()))
					}
				})
			})
		}
	}
}

func TestPrefetchBeginsNoReadAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := prefetched(&lone{Reader: drip{bytes.NewReader(numbered(captureLen)), 100, 400 * time.Millisecond}, t: t}, captureLen, prefetchTimeout)
		<-b.prefetch.done
		if n := len(b.prefix()); n != 300 {
			t.Errorf("%d bytes", n)
		}
	})
}

// drip gives at most n bytes after each pause.
type drip struct {
	io.Reader
	n     int
	pause time.Duration
}

func (d drip) Read(p []byte) (int, error) {
	time.Sleep(d.pause)
	return d.Reader.Read(p[:min(len(p), d.n)])
}

func TestPrefetchHandsOnErrors(t *testing.T) {
	const limit = 100
	broken := errors.New("broken")
	for _, after := range []int{0, 1, limit - 1, limit, limit + 1, captureLen + 1} {
		want := numbered(after)
		for _, pause := range []time.Duration{0, time.Millisecond, 2 * time.Second} {
			t.Run(fmt.Sprintf("after %d bytes, with pauses of %v", after, pause), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					body := io.MultiReader(bytes.NewReader(want), iotest.ErrReader(broken))
					b := prefetched(&lone{Reader: drip{body, 50, pause}, t: t}, limit, prefetchTimeout)
					got, err := io.ReadAll(b)
					if !errors.Is(err, broken) || !bytes.Equal(got, want) {
						t.Errorf("%d bytes, then %v", len(got), err)
					}
					if n, err := b.Read(make([]byte, 1)); n != 0 || !errors.Is(err, broken) {
						t.Errorf("it does not stay broken: %d %v", n, err)
					}
				})
			})
		}
	}
}

func TestPrefetchOfABodyThatPanics(t *testing.T) {
	b := prefetched(&lone{Reader: panicking{}, t: t}, 10, prefetchTimeout)
	if got, err := io.ReadAll(b); len(got) > 0 || err == nil || !strings.Contains(err.Error(), "no body") {
		t.Errorf("%q %v", got, err)
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("no body") }

func TestPrefetchOfABodyThatIsClosed(t *testing.T) {
	for _, written := range []string{"", "beginning"} {
		synctest.Test(t, func(t *testing.T) {
			r, w := io.Pipe()
			go io.WriteString(w, written)
			b := prefetched(r, 100, prefetchTimeout)
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			if n, err := b.Read(make([]byte, 10)); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("after %q: %d bytes, %v", written, n, err)
			}
			<-b.prefetch.done // and no goroutine stays: synctest would tell
		})
	}
}

// asked is an upstream that says whether it ran, and whether the request's body was
// prefetched.
type asked struct{ ran, prefetched bool }

func (a *asked) answer(w http.ResponseWriter, r *http.Request) error {
	a.ran = true
	tee, ok := r.Body.(*bodyTee)
	a.prefetched = ok && tee.prefetch != nil
	return answer(w, r)
}

func TestBodyIsPrefetched(t *testing.T) {
	refusedFor := "pass=" + strings.Repeat("QUJDREVGR0hJSktMTU5P", 1000)
	with := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	chunked := func(r *http.Request) { r.ContentLength = -1 }
	for name, tt := range map[string]struct {
		config, path, body  string
		change              func(*http.Request)
		prefetched, refused bool
	}{
		"of a new script":                             {path: "/x.php", body: "a=b", prefetched: true},
		"of a new script, chunked":                    {path: "/x.php", body: "a=b", change: chunked, prefetched: true},
		"and refused":                                 {path: "/x.php", body: refusedFor, refused: true},
		"and refused, chunked":                        {path: "/x.php", body: refusedFor, change: chunked, refused: true},
		"and refused, whatever the method":            {path: "/x.php", body: refusedFor, change: func(r *http.Request) { r.Method = "GET" }, refused: true},
		"and refused, of an unknown length by HTTP/3": {path: "/x.php", body: refusedFor, change: func(r *http.Request) { r.ProtoMajor, r.ContentLength = 3, -1 }, refused: true},
		"and refused, though it says Upgrade":         {path: "/x.php", body: refusedFor, change: with("Upgrade", "h2c"), refused: true},
		"as little as the option says":                {config: `,"inspect_body":"100B"`, path: "/x.php", body: refusedFor, prefetched: true},
		"not if that is off":                          {config: `,"inspect_body":"off"`, path: "/x.php", body: refusedFor},
		"not in log":                                  {config: `,"mode":"log"`, path: "/x.php", body: refusedFor},
		"not in tag":                                  {config: `,"mode":"tag"`, path: "/x.php", body: refusedFor},
		"of a trusted script that never took one":     {path: "/index.php", body: refusedFor, refused: true},
		"not of a form to a trusted script":           {path: "/form.php", body: "name=Ann&text=hello"},
		"not of what is no script":                    {path: "/route", body: refusedFor},
		"not if the client expects an answer":         {path: "/x.php", body: "a=b", change: with("Expect", "100-continue")},
		"not of a tunnel":                             {path: "/x.php", body: "a=b", change: func(r *http.Request) { r.Method = http.MethodConnect }},
		"not before announced trailers":               {path: "/x.php", body: "a=b", change: func(r *http.Request) { r.Trailer = http.Header{"X-Sum": nil} }},
		"not if there is none":                        {path: "/x.php", change: func(r *http.Request) { r.Body = http.NoBody }},
	} {
		t.Run(name, func(t *testing.T) {
			config := tt.config
			if !strings.Contains(config, "mode") {
				config += `,"mode":"block"`
			}
			u := provision(t, "{"+config[1:]+"}")
			u.site.adopt(enforcing(u.site.name, "/form.php"), zap.NewNop())
			r := form(tt.path, tt.body, stranger)
			if tt.change != nil {
				tt.change(r)
			}
			var a asked
			_, err := u.serve(r, a.answer)
			if a.prefetched != tt.prefetched || a.ran == tt.refused {
				t.Errorf("ran %t, prefetched %t; %v", a.ran, a.prefetched, err)
			}
			if a.ran {
				return
			}
			if got := status(t, err); got != 403 {
				t.Errorf("%d, %v", got, err)
			}
			alerts := u.logs.FilterMessage("alert").All()
			if len(alerts) != 1 || alerts[0].ContextMap()["stage"] != "request" || alerts[0].ContextMap()["action"] != "block" {
				t.Errorf("%v", alerts)
			}
			if n := metric(t, u.registry, "requests_total", "site", "default", "verdict", "malicious", "action", "block"); n != 1 {
				t.Errorf("counted %v times", n)
			}
		})
	}
}

func TestBodyIsNotPrefetchedWhileLearning(t *testing.T) {
	u := provision(t, `{"mode":"block"}`)
	memoryOf(t, "default").Phases.Relearn(baseline.Author{Via: "test"}, time.Now())
	var a asked
	if _, err := u.serve(form("/x.php", "a=b", stranger), a.answer); err != nil || !a.ran || a.prefetched {
		t.Error(err, a)
	}
}

func TestBodyOfAMissingFileIsNotPrefetched(t *testing.T) {
	u := provision(t, fmt.Sprintf(`{"mode":"block","root":%q}`, t.TempDir()))
	var a asked
	if _, err := u.serve(form("/x.php", "a=b", stranger), a.answer); err != nil || a.prefetched {
		t.Error(err, a)
	}
}

func TestSlowBodyPasses(t *testing.T) {
	u := provision(t, `{"mode":"block"}`)
	body, w := io.Pipe()
	r := form("/x.php", "", stranger)
	r.Body, r.ContentLength = body, -1
	go io.WriteString(w, "first=1&")
	_, err := u.serve(r, func(rw http.ResponseWriter, r *http.Request) error {
		go func() { // not before the upstream runs
			io.WriteString(w, "second=2")
			w.Close()
		}()
		return reads(t, "first=1&second=2")(rw, r)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPrefetchCountsARehearsedRefusalOnce(t *testing.T) {
	u := provision(t, `{"mode":"block"}`)
	m := memoryOf(t, "default")
	m.Containment.Begin(0, true, baseline.Author{Via: "test"}, time.Now())
	var a asked
	if _, err := u.serve(form("/x.php", "a=b", stranger), a.answer); err != nil || !a.prefetched {
		t.Error(err, a)
	}
	if list, _ := m.Containment.Refusals(); len(list) != 1 || list[0].Count != 1 {
		t.Errorf("%+v", list)
	}
}

func TestPrefetchThatFindsTheGuardFailing(t *testing.T) {
	for config, want := range map[string]bool{`{"mode":"block"}`: true, `{"mode":"block","on_fault":"block"}`: false} {
		u := provision(t, config)
		tr := u.begin(form("/x.php", "a=b", stranger))
		tr.judgeRequest()
		tr.watchBody()
		broken := detector.NewMemory(enforcing("broken"))
		tr.evaluation.Begin(u.detector, broken, &tr.exchange)
		broken.Site = nil
		tr.prefetchBody()
		if !tr.fault || tr.refused == want {
			t.Errorf("%s: fault %t, refused %t", config, tr.fault, tr.refused)
		}
		tr.end()
	}
}

func TestBodyIsNotPrefetchedWhenTheGuardHasFailed(t *testing.T) {
	u := provision(t, `{"mode":"block"}`)
	tr := u.begin(form("/x.php", "a=b", stranger))
	defer tr.end()
	tr.judgeRequest()
	tr.watchBody()
	tr.fault = true // as it does half-way through judging
	if tr.prefetchBody(); tr.body.prefetch != nil {
		t.Error("it is")
	}
}

func TestProvisionalScriptsBodyIsPrefetched(t *testing.T) {
	u := provision(t, `{"mode":"block"}`)
	m := memoryOf(t, "default")
	m.Decisions.SetTrust([]baseline.Key{{Path: "/late.php"}}, baseline.Provisional, baseline.Author{Via: "test"}, time.Now(), u.detector.Limits())
	var a asked
	if _, err := u.serve(form("/late.php", "a=b", stranger), a.answer); err != nil || !a.prefetched {
		t.Error(err, a)
	}
}

func TestPrefetchIsNoMoreThanItsBound(t *testing.T) {
	u := provision(t, `{"mode":"block","inspect_body":"64KiB"}`)
	r := form("/x.php", strings.Repeat("a=b&", 30000), stranger)
	_, err := u.serve(r, func(w http.ResponseWriter, r *http.Request) error {
		if n := len(r.Body.(*bodyTee).prefix()); n != detector.PrefetchLen {
			t.Errorf("%d bytes were prefetched", n)
		}
		return reads(t, strings.Repeat("a=b&", 30000))(w, r)
	})
	if err != nil {
		t.Error(err)
	}
}
