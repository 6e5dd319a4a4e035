package detector

import (
	"math"
	"math/bits"
	"sync/atomic"
)

// recent counts distinct hashes in the present window of time and the one before
// it, by linear counting in 64 bits each (Whang et al., 1990): within about a fifth
// up to 100, and 266 at most. A count may be lost where windows meet. The zero value
// has counted nothing.
type recent struct {
	window      atomic.Int64
	now, before atomic.Uint64
}

func (r *recent) add(hash uint64, window int64) {
	r.turn(window)
	if bit := uint64(1) << (hash >> 58); r.now.Load()&bit == 0 {
		r.now.Or(bit)
	}
}

// turn makes the window the present one. What comes late, from a slow request, is
// counted in it; a clock that was further ahead is forgotten.
func (r *recent) turn(window int64) {
	last := r.window.Load()
	if last == window || last == window+1 || !r.window.CompareAndSwap(last, window) {
		return
	}
	counted := r.now.Swap(0)
	if last+1 != window {
		counted = 0
	}
	r.before.Store(counted)
}

// bits returns what was counted up to the window, for distinct.
func (r *recent) bits(window int64) uint64 {
	switch r.window.Load() {
	case window, window + 1:
		return r.now.Load() | r.before.Load()
	case window - 1:
		return r.now.Load()
	}
	return 0
}

// distinct estimates how many hashes set the bits.
func distinct(set uint64) int { return estimates[bits.OnesCount64(set)] }

// estimates are those of linear counting, by how many bits are set.
var estimates = func() (list [65]int) {
	for n := range list {
		list[n] = int(math.Round(64 * math.Log(64/float64(max(1, 64-n)))))
	}
	return list
}()

// dayset is a set of the last 32 days: the last one's number, and a bit for each
// before it. The zero value is empty.
type dayset struct{ word atomic.Uint64 }

const secondsPerDay = 24 * 60 * 60

func (d *dayset) add(unix int64) {
	for {
		old := d.word.Load()
		day, set := uint32(unix/secondsPerDay), uint32(old)
		switch last := uint32(old >> 32); {
		case day == last && set&1 != 0, day+1 == last:
			return // it came late
		case day < last, day-last >= 32:
			set = 0
		default:
			set <<= day - last
		}
		if d.word.CompareAndSwap(old, uint64(day)<<32|uint64(set|1)) {
			return
		}
	}
}

// before returns how many of the last 31 days before the time's are in the set.
func (d *dayset) before(unix int64) int {
	word, day := d.word.Load(), uint32(unix/secondsPerDay)
	last := uint32(word >> 32)
	if day < last || day-last >= 32 {
		return 0
	}
	return bits.OnesCount32(uint32(word) << (day - last) &^ 1)
}
