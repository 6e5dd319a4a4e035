package caddymodule

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// aheadTime is how long the beginning of a body is waited for.
const aheadTime = time.Second

// readAhead is the reading of a body's beginning before the upstream asks for it,
// into the room of a tee. A goroutine does it, because a Read cannot be given up. No
// two Reads are ever under way: the upstream's first one that needs more than is
// there waits for the goroutine's last. That one ends with the request at the
// latest, when the server closes its body (HTTP/1 aborts what reads from the
// connection, HTTP/2 and HTTP/3 close the stream).
type readAhead struct {
	tee    *bodyTee
	stop   atomic.Bool   // begin no other Read
	closed atomic.Bool   // by the upstream
	done   chan struct{} // closed when the last Read has ended
	err    error         // with which it ended; only then

	// What follows belongs to the upstream's Read.
	given int  // bytes that it has got
	over  bool // it has got everything
}

// readAhead reads up to limit bytes of the body before anybody else does, and
// returns when it has them, the body has ended, or the time is over. What comes
// later is read as if nothing had been.
func (b *bodyTee) readAhead(limit int, patience time.Duration) {
	a := &readAhead{tee: b, done: make(chan struct{})}
	b.ahead = a
	go a.run((*b.room)[:min(int64(limit), b.limit)])
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-a.done:
	case <-timer.C:
		a.stop.Store(true)
	}
}

func (a *readAhead) run(room []byte) {
	defer close(a.done)
	defer func() {
		// In a handler the server would recover it; here it would end the process.
		if p := recover(); p != nil {
			a.err = fmt.Errorf("webshell_guard: reading the request's body: %v", p)
		}
	}()
	for have := 0; have < len(room) && a.err == nil && !a.stop.Load(); {
		var n int
		n, a.err = a.tee.ReadCloser.Read(room[have:])
		have += n
		a.tee.taken.Store(int64(have))
	}
}

// read gives the upstream what was read ahead, then the error that ended it, if one
// did.
func (a *readAhead) read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if a.closed.Load() {
		<-a.done
		a.over = true // the body itself says what becomes of that
		return 0, nil
	}
	have := int(a.tee.taken.Load())
	if a.given == have {
		<-a.done
		have = int(a.tee.taken.Load())
	}
	if a.given == have {
		a.over = true
		return 0, a.err
	}
	n := copy(p, (*a.tee.room)[a.given:have])
	a.given += n
	return n, nil
}

// readAhead has the request judged by the beginning of its body too, before the
// upstream runs, if that could still have it refused. A client that expects to be
// told to go on is not waited for: only the upstream knows whether it wants the body.
// Nor is one that announces trailers: a Read that is under way would write them where
// others read. An Upgrade with a body is a request like any other: the body comes
// first (RFC 9110, 7.8).
func (t *transaction) readAhead() {
	if !t.wantsBody() {
		return
	}
	t.body.readAhead(detector.AheadLen, aheadTime)
	t.judgeBody()
}

func (t *transaction) wantsBody() bool {
	defer t.catch()
	return t.body != nil && t.h.mode == modeBlock && !t.fault &&
		t.r.Method != http.MethodConnect && t.r.Trailer == nil &&
		t.h.detector.WantsBody(t.memory, &t.judgement)
}

// judgeBody judges the request by what was read of its body.
func (t *transaction) judgeBody() {
	defer t.catch()
	defer t.clock(time.Now())
	t.noteRead()
	t.h.detector.JudgeBody(t.memory, &t.judgement)
	t.settleRequest()
}
