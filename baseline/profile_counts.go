package baseline

import "sync/atomic"

// statusClasses is 1xx to 5xx.
const statusClasses = 5

// statusClass is 0 for 1xx and below, and 4 for 5xx and above.
func statusClass(status int) int { return min(max(status/100-1, 0), statusClasses-1) }

// counts are a script's visits by method and status class. GET and POST have their
// place, because few scripts take others; counters of those are made when needed.
type counts struct {
	get, post [statusClasses]atomic.Uint32
	others    atomic.Pointer[[methodCount][statusClasses]atomic.Uint32]
}

// of returns the counters of a method, or nil if it has none yet.
func (c *counts) of(m Method) *[statusClasses]atomic.Uint32 {
	switch m {
	case MethodGet:
		return &c.get
	case MethodPost:
		return &c.post
	}
	if others := c.others.Load(); others != nil {
		return &others[m]
	}
	return nil
}

// add counts a visit. A counter that is full stays full.
func (c *counts) add(m Method, status int) {
	row := c.of(m)
	if row == nil {
		c.others.CompareAndSwap(nil, new([methodCount][statusClasses]atomic.Uint32))
		row = c.of(m)
	}
	if n := &row[statusClass(status)]; n.Load() < 1<<32-1 {
		n.Add(1)
	}
}

// total returns the visits by a method.
func (c *counts) total(m Method) (n uint64) {
	if row := c.of(m); row != nil {
		for class := range row {
			n += uint64(row[class].Load())
		}
	}
	return n
}

// answered returns the visits by a method that were answered with the class of a
// status.
func (c *counts) answered(m Method, status int) uint64 {
	row := c.of(m)
	if row == nil {
		return 0
	}
	return uint64(row[statusClass(status)].Load())
}

// succeeded reports whether any visit was answered with success.
func (c *counts) succeeded() bool {
	for m := range methodCount {
		if row := c.of(m); row != nil && row[1].Load() > 0 {
			return true
		}
	}
	return false
}

// redirectsSome reports whether reading, or a form, was answered by redirects and with
// success.
func (c *counts) redirectsSome() bool {
	for _, row := range [...]*[statusClasses]atomic.Uint32{&c.get, &c.post} {
		if row[1].Load() > 0 && row[2].Load() > 0 {
			return true
		}
	}
	return false
}

// record lists the counters that are not zero, as their place and value.
func (c *counts) record(room []uint32) []uint32 {
	list := room[:0]
	for m := range methodCount {
		row := c.of(m)
		if row == nil {
			continue
		}
		for class := range row {
			if n := row[class].Load(); n > 0 {
				list = append(list, uint32(m)*statusClasses+uint32(class), n)
			}
		}
	}
	return list
}

// restore fills empty counters. What cannot be is ignored: it comes from storage.
func (c *counts) restore(list []uint32) {
	for i := 0; i+1 < len(list); i += 2 {
		m, class := Method(min(list[i]/statusClasses, uint32(methodCount))), list[i]%statusClasses
		if m >= methodCount {
			continue
		}
		if c.of(m) == nil {
			c.others.Store(new([methodCount][statusClasses]atomic.Uint32))
		}
		c.of(m)[class].Store(list[i+1])
	}
}
