package caddymodule

import (
	"io"
	"sync"
	"sync/atomic"
)

// bodyTee takes down the beginning of a request's body as the upstream reads it.
// It withholds nothing, and delays nothing but what is read ahead. Whoever reads the
// body may be another goroutine than the handler's, and may go on when the handler has
// returned: it only ever writes behind what prefix has given out, and nothing once the
// room was given up.
type bodyTee struct {
	io.ReadCloser
	limit int64 // of what is taken down
	taken atomic.Int64
	ahead *readAhead // nil if nothing is read before the upstream does

	room    *[]byte    // nil once it was given up
	writing sync.Mutex // of what is read to room
}

// Read reads on, and takes down what there is room for.
func (b *bodyTee) Read(p []byte) (int, error) {
	if a := b.ahead; a != nil && !a.over {
		if n, err := a.read(p); !a.over || err != nil {
			return n, err
		}
	}
	n, err := b.ReadCloser.Read(p)
	if have := b.taken.Load(); n > 0 && have < b.limit {
		b.writing.Lock()
		if b.room != nil {
			b.taken.Store(have + int64(copy((*b.room)[have:b.limit], p[:n])))
		}
		b.writing.Unlock()
	}
	return n, err
}

// giveUp returns the room for another request, or nil if it is still being read to.
func (b *bodyTee) giveUp() *[]byte {
	if b.ahead != nil {
		return nil
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	room := b.room
	b.room = nil
	return room
}

// Close closes the body.
func (b *bodyTee) Close() error {
	if b.ahead != nil {
		b.ahead.closed.Store(true)
	}
	return b.ReadCloser.Close()
}

// prefix returns what was read so far of the body's beginning.
func (b *bodyTee) prefix() []byte { return (*b.room)[:b.taken.Load()] }

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
	room, ok := t.h.rooms.Get().(*[]byte)
	if !ok {
		room = new([]byte)
		*room = make([]byte, t.h.inspect)
	}
	t.body = &bodyTee{ReadCloser: t.r.Body, room: room, limit: limit}
	t.r.Body = t.body
}

// leaveBody takes nothing more down, and keeps the room for another request.
func (t *transaction) leaveBody() {
	if t.body == nil {
		return
	}
	if room := t.body.giveUp(); room != nil {
		t.h.rooms.Put(room)
	}
	t.body = nil
}

// noteRead takes down what the upstream has read of the body by now.
func (t *transaction) noteRead() {
	if t.body != nil {
		t.exchange.Body = t.body.prefix()
	}
}
