package sketch

import (
	"math"
	"math/bits"
	"sync/atomic"
)

// A WindowCounter counts distinct hashes in the present window of time and the one
// before it, with a [LinearCounter] each. It takes 24 bytes. The zero value is empty.
// Methods may be called concurrently, never block and do not allocate; a hash that is
// added while the window changes may be lost.
//
// A window is a number: the time divided by the windows' length.
type WindowCounter struct {
	window      atomic.Int64
	now, before atomic.Uint64
}

// Add counts a hash in the window.
func (c *WindowCounter) Add(hash uint64, window int64) {
	c.turn(window)
	if bit := uint64(1) << (hash >> 58); c.now.Load()&bit == 0 {
		c.now.Or(bit)
	}
}

// turn makes the window the present one. A hash of the window before, from a slow
// request, counts in the present one; if the clock was further ahead, all is
// forgotten.
func (c *WindowCounter) turn(window int64) {
	last := c.window.Load()
	if last == window || last == window+1 || !c.window.CompareAndSwap(last, window) {
		return
	}
	counted := c.now.Swap(0)
	if last+1 != window {
		counted = 0
	}
	c.before.Store(counted)
}

// At returns what was counted in the window and the one before it.
func (c *WindowCounter) At(window int64) LinearCounter {
	switch c.window.Load() {
	case window, window + 1:
		return LinearCounter(c.now.Load() | c.before.Load())
	case window - 1:
		return LinearCounter(c.now.Load())
	}
	return 0
}

// A LinearCounter has a bit for each 64th of all hashes, set if there was one of them
// (Whang et al., A linear-time probabilistic counting algorithm, 1990). Bit operations
// unite counters, or take those out that another counted too.
type LinearCounter uint64

// Count estimates how many distinct hashes set the bits: within about a fifth up to
// 100, and 266 at most.
func (c LinearCounter) Count() int { return linearEstimates[bits.OnesCount64(uint64(c))] }

// Without returns the counter without the bit of a hash, which others may share.
func (c LinearCounter) Without(hash uint64) LinearCounter { return c &^ (1 << (hash >> 58)) }

// linearEstimates are by how many bits are set.
var linearEstimates = func() (list [65]int) {
	for n := range list {
		list[n] = int(math.Round(64 * math.Log(64/float64(max(1, 64-n)))))
	}
	return list
}()
