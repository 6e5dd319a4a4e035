package caddymodule

import (
	"io"
	"sync/atomic"
)

// bodyTee takes down the beginning of a request's body as the upstream reads it.
// It withholds nothing, and delays nothing but what is read ahead. Whoever reads the body may be another
// goroutine than the handler's, and may go on when the handler has returned: it
// only ever writes behind what prefix has given out.
type bodyTee struct {
	io.ReadCloser
	room  []byte
	taken atomic.Int64
	ahead *readAhead // nil if nothing is read before the upstream does
}

// Read reads on, and takes down what there is room for.
func (b *bodyTee) Read(p []byte) (int, error) {
	if a := b.ahead; a != nil && !a.over {
		if n, err := a.read(p); !a.over || err != nil {
			return n, err
		}
	}
	n, err := b.ReadCloser.Read(p)
	if have := b.taken.Load(); n > 0 && have < int64(len(b.room)) {
		b.taken.Store(have + int64(copy(b.room[have:], p[:n])))
	}
	return n, err
}

// Close closes the body.
func (b *bodyTee) Close() error {
	if b.ahead != nil {
		b.ahead.closed.Store(true)
	}
	return b.ReadCloser.Close()
}

// prefix returns what was read so far of the body's beginning.
func (b *bodyTee) prefix() []byte { return b.room[:b.taken.Load()] }

// watchBody has the body's beginning taken down, if there is one and the options
// want it.
func (t *transaction) watchBody() {
	x, limit := &t.exchange, int64(t.h.inspect)
	if limit == 0 || t.r.Body == nil || !x.CarriesPayload() || x.Sent == 0 {
		return
	}
	if x.Sent > 0 {
		limit = min(limit, x.Sent)
	}
	t.body = &bodyTee{ReadCloser: t.r.Body, room: make([]byte, limit)}
	t.r.Body = t.body
}

// noteRead takes down what the upstream has read of the body by now.
func (t *transaction) noteRead() {
	if t.body != nil {
		t.exchange.Body = t.body.prefix()
	}
}
