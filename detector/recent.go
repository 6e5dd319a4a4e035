package detector

import "sync"

// maxRecent bounds what is followed of one kind.
const maxRecent = 1024

// recent keeps what was seen of the newest keys; the oldest makes room. It may be lost. The
// zero value is empty; methods may be called concurrently.
type recent[V any] struct {
	mu    sync.Mutex
	of    map[uint64]V
	order []uint64 // of coming; a ring once it is full
	next  int
}

// get returns what is kept of a key, or the zero value.
func (r *recent[V]) get(key uint64) V {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.of[key]
}

// change keeps of a key what next makes of what is kept.
func (r *recent[V]) change(key uint64, next func(V) V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = make(map[uint64]V)
	}
	old, known := r.of[key]
	switch {
	case known:
	case len(r.order) < maxRecent:
		r.order = append(r.order, key)
	default:
		delete(r.of, r.order[r.next])
		r.order[r.next] = key
		r.next = (r.next + 1) % maxRecent
	}
	r.of[key] = next(old)
}
