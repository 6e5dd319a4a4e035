package replay

import (
	"container/heap"
	"errors"
	"io"
	"time"
)

// held is an item that waits for its turn.
type held struct {
	item
	number int    // of equal times the lowest comes first
	from   stream // gives the next one, if it is the head of a stream
}

// byTime is a heap.
type byTime []*held

func (h byTime) Len() int      { return len(h) }
func (h byTime) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h byTime) Less(i, j int) bool {
	if c := h[i].Time.Compare(h[j].Time); c != 0 {
		return c < 0
	}
	return h[i].number < h[j].number
}

// Push implements heap.Interface.
func (h *byTime) Push(x any) { *h = append(*h, x.(*held)) }

// Pop implements heap.Interface.
func (h *byTime) Pop() any {
	n := len(*h) - 1
	last := (*h)[n]
	(*h)[n] = nil
	*h = (*h)[:n]
	return last
}

// window puts a log in order that is out of it by little: servers write a line when
// the answer is over, some with the time at which the request began.
type window struct {
	from     stream
	disorder time.Duration
	waiting  byTime
	count    int
	bytes    int
	newest   time.Time
	ended    error
}

// Of a log that is out of order by more, or where more than that would have to be
// held, in entries and in bytes of bodies and the like, all is sorted.
const (
	maxWindow      = 10 * time.Minute
	maxHeldEntries = 1 << 16
	maxHeldBytes   = 64 << 20
)

func (w *window) next() (item, error) {
	for w.ended == nil && !w.ready() {
		it, err := w.from.next()
		if err != nil {
			w.ended = err
			break
		}
		if it.Time.After(w.newest) {
			w.newest = it.Time
		}
		w.bytes += sizeOf(&it)
		w.count++
		heap.Push(&w.waiting, &held{item: it, number: w.count})
	}
	if len(w.waiting) == 0 {
		return item{}, w.ended
	}
	oldest := heap.Pop(&w.waiting).(*held)
	w.bytes -= sizeOf(&oldest.item)
	return oldest.item, nil
}

// ready reports whether nothing older than the oldest can follow, or no more can be
// held.
func (w *window) ready() bool {
	n := len(w.waiting)
	return n > 0 && (w.newest.Sub(w.waiting[0].Time) >= w.disorder || n >= maxHeldEntries || w.bytes >= maxHeldBytes)
}

// sizeOf is how much memory an item holds, in bytes, roughly.
func sizeOf(it *item) int {
	size := 512 + len(it.URI) + len(it.Path) + len(it.Query) + len(it.Referer) + len(it.Agent) + len(it.Body) + len(it.Answer)
	for name, values := range it.Header {
		size += 64 + len(name)
		for _, v := range values {
			size += 16 + len(v)
		}
	}
	return size
}

// merged gives the items of several streams, each of which is in order, by time.
type merged struct {
	heads byTime
	ended error // after the items before it
}

// merge fails if one of the streams does at its first item.
func merge(streams []stream) (stream, error) {
	if len(streams) == 1 {
		return streams[0], nil
	}
	m := new(merged)
	for i, s := range streams {
		it, err := s.next()
		switch {
		case errors.Is(err, io.EOF):
		case err != nil:
			return nil, err
		default:
			heap.Push(&m.heads, &held{item: it, number: i, from: s})
		}
	}
	return m, nil
}

func (m *merged) next() (item, error) {
	if m.ended != nil {
		return item{}, m.ended
	}
	if len(m.heads) == 0 {
		return item{}, io.EOF
	}
	oldest := m.heads[0]
	it := oldest.item
	var err error
	switch oldest.item, err = oldest.from.next(); {
	case err == nil:
		heap.Fix(&m.heads, 0)
	case errors.Is(err, io.EOF):
		heap.Pop(&m.heads)
	default:
		m.ended = err
	}
	return it, nil
}
