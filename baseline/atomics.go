package baseline

import "sync/atomic"

// raiseTo sets a to at least v: clocks may go backwards, what was seen last may not.
func raiseTo(a *atomic.Int64, v int64) {
	for old := a.Load(); v > old; old = a.Load() {
		if a.CompareAndSwap(old, v) {
			return
		}
	}
}

// setBit sets a bit, and writes only if it was not set.
func setBit(a *atomic.Uint32, bit uint32) {
	if a.Load()&bit == 0 {
		a.Or(bit)
	}
}

// countUp adds one to a counter that stays where it is once it is nearly full.
func countUp(a *atomic.Uint32) {
	if a.Load() < 1<<31 {
		a.Add(1)
	}
}

// A dirtyMark says that something changed that the stored baseline does not have.
type dirtyMark struct{ atomic.Bool }

// set writes only if the mark is not set: all requests share its cache line.
func (d *dirtyMark) set() {
	if !d.Load() {
		d.Store(true)
	}
}
