package caddymodule

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// prefetchTimeout is how long the handler waits for the beginning of a body.
const prefetchTimeout = time.Second

// bodyPrefetch reads a body's beginning into the buffer of a tee before the upstream
// asks for it. A goroutine does it, because a Read cannot be cancelled. There are never
// two Reads at once: the upstream's first one that needs more than is there waits for
// the goroutine's last. That one ends with the request at the latest, when the server
// closes its body (HTTP/1 aborts reads from the connection, HTTP/2 and HTTP/3 close
// the stream).
type bodyPrefetch struct {
	tee    *bodyTee
	stop   atomic.Bool   // begin no other Read
	closed atomic.Bool   // by the upstream
	done   chan struct{} // closed when the last Read has ended
	err    error         // with which it ended; only then

	// What follows belongs to the upstream's Read.
	given int  // bytes that it has got
	over  bool // it has got everything
}

// startPrefetch reads up to limit bytes of the body before anybody else does. It
// returns when it has them, the body has ended, or the timeout has passed. What comes
// later is read as usual.
func (b *bodyTee) startPrefetch(limit int, timeout time.Duration) {
	p := &bodyPrefetch{tee: b, done: make(chan struct{})}
	b.prefetch = p
	go p.run((*b.buffer)[:min(int64(limit), b.limit)])
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		p.stop.Store(true)
	}
}

func (p *bodyPrefetch) run(buffer []byte) {
	defer close(p.done)
	defer func() {
		// In a handler the server would recover it; here it would end the process.
		if v := recover(); v != nil {
			p.err = fmt.Errorf("webshell_guard: reading the request's body: %v", v)
		}
	}()
	for have := 0; have < len(buffer) && p.err == nil && !p.stop.Load(); {
		var n int
		n, p.err = p.tee.ReadCloser.Read(buffer[have:])
		have += n
		p.tee.captured.Store(int64(have))
	}
	if errors.Is(p.err, io.EOF) {
		p.tee.whole.Store(true)
	}
}

// read gives the upstream what was prefetched, then the error that ended it, if one
// did.
func (p *bodyPrefetch) read(to []byte) (int, error) {
	if len(to) == 0 {
		return 0, nil
	}
	if p.closed.Load() {
		<-p.done
		p.over = true // the body itself returns the error of reading after Close
		return 0, nil
	}
	have := int(p.tee.captured.Load())
	if p.given == have {
		<-p.done
		have = int(p.tee.captured.Load())
	}
	if p.given == have {
		p.over = true
		return 0, p.err
	}
	n := copy(to, (*p.tee.buffer)[p.given:have])
	p.given += n
	return n, nil
}

// prefetchBody judges the request by the beginning of its body too, before the
// upstream runs, if that could still refuse it. It does not wait for a client that
// expects 100 Continue: only the upstream knows whether it wants the body. Nor for one
// that announces trailers: a Read under way would write them where others read. An
// Upgrade with a body is a request like any other: the body comes first (RFC 9110, 7.8).
func (t *transaction) prefetchBody() {
	if !t.wantsBody() {
		return
	}
	t.body.startPrefetch(detector.PrefetchLen, prefetchTimeout)
	t.judgeBody()
}

func (t *transaction) wantsBody() bool {
	defer t.catch()
	return t.body != nil && t.h.mode == modeBlock && !t.fault &&
		t.r.Method != http.MethodConnect && t.r.Trailer == nil &&
		t.evaluation.BodyWanted()
}

// judgeBody judges the request by what was read of its body.
func (t *transaction) judgeBody() {
	defer t.catch()
	defer t.clock(time.Now())
	t.captureRead()
	t.evaluation.Body(t.exchange.Body)
	t.applyRequestJudgement()
}
