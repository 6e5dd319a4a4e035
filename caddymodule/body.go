package caddymodule

import (
	"io"
	"sync"
	"sync/atomic"
)

// bodyTee captures the beginning of a request's body as the upstream reads it. It
// withholds nothing, and delays only what is prefetched. The body may be read by
// another goroutine than the handler's, even after the handler has returned: it only
// writes behind what prefix has returned, and nothing after the buffer was released.
type bodyTee struct {
	io.ReadCloser
	limit    int64 // bytes to capture at most
	captured atomic.Int64
	whole    atomic.Bool   // the body has ended, and all of it was captured
	exceeded bool          // more was read than captured; belongs to Read
	prefetch *bodyPrefetch // nil if nothing is read before the upstream does

	buffer  *[]byte    // nil once released
	writing sync.Mutex // to buffer
}

// Read reads on, and captures what the buffer has space for.
func (b *bodyTee) Read(p []byte) (int, error) {
	if f := b.prefetch; f != nil && !f.over {
		if n, err := f.read(p); !f.over || err != nil {
			return n, err
		}
	}
	n, err := b.ReadCloser.Read(p)
	have := b.captured.Load()
	b.exceeded = b.exceeded || int64(n) > b.limit-have
	if n > 0 && have < b.limit {
		b.writing.Lock()
		if b.buffer != nil {
			b.captured.Store(have + int64(copy((*b.buffer)[have:b.limit], p[:n])))
		}
		b.writing.Unlock()
	}
	if err == io.EOF && !b.exceeded {
		b.whole.Store(true)
	}
	return n, err
}

// release returns the buffer for another request, or nil if it is still being read to.
func (b *bodyTee) release() *[]byte {
	if b.prefetch != nil {
		return nil
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	buffer := b.buffer
	b.buffer = nil
	return buffer
}

// Close closes the body.
func (b *bodyTee) Close() error {
	if b.prefetch != nil {
		b.prefetch.closed.Store(true)
	}
	return b.ReadCloser.Close()
}

// prefix returns what was read so far of the body's beginning.
func (b *bodyTee) prefix() []byte { return (*b.buffer)[:b.captured.Load()] }

// beginning returns prefix, and whether there may be more of the body: the length says so
// if it is known (not −1), otherwise the end.
func (b *bodyTee) beginning(length int64) (prefix []byte, cut bool) {
	whole := b.whole.Load() // before the prefix, which may grow
	prefix = b.prefix()
	return prefix, !whole && (length < 0 || int64(len(prefix)) < length)
}

// watchBody starts to capture the body's beginning, if there is one and the options
// want it.
func (t *transaction) watchBody() {
	x, limit := &t.exchange, int64(t.h.inspect)
	if limit == 0 || t.r.Body == nil || !x.CarriesPayload() || x.Sent == 0 {
		return
	}
	if x.Sent > 0 {
		limit = min(limit, x.Sent)
	}
	buffer, ok := t.h.bodyBuffers.Get().(*[]byte)
	if !ok {
		buffer = new([]byte)
		*buffer = make([]byte, t.h.inspect)
	}
	t.body = &bodyTee{ReadCloser: t.r.Body, buffer: buffer, limit: limit}
	t.r.Body = t.body
}

// leaveBody ends the capture, and keeps the buffer for another request.
func (t *transaction) leaveBody() {
	if t.body == nil {
		return
	}
	if buffer := t.body.release(); buffer != nil {
		t.h.bodyBuffers.Put(buffer)
	}
	t.body = nil
}

// captureRead notes what the upstream has read of the body by now.
func (t *transaction) captureRead() {
	if t.body != nil {
		t.exchange.Body, t.exchange.BodyCut = t.body.beginning(t.exchange.Sent)
	}
}
