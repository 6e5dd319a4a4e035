package caddymodule

import (
	"io"
	"sync/atomic"
)

// bodyTee takes down the beginning of a request's body as the upstream reads it.
// It delays and withholds nothing. Whoever reads the body may be another
// goroutine than the handler's, and may go on when the handler has returned: it
// only ever writes behind what prefix has given out.
type bodyTee struct {
	io.ReadCloser
	room  []byte
	taken atomic.Int64
}

// Read reads on, and takes down what there is room for.
func (b *bodyTee) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if have := b.taken.Load(); n > 0 && have < int64(len(b.room)) {
		b.taken.Store(have + int64(copy(b.room[have:], p[:n])))
	}
	return n, err
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
