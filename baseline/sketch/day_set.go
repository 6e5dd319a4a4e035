package sketch

import (
	"math/bits"
	"sync/atomic"
)

const secondsPerDay = 24 * 60 * 60

// A DaySet is a set of UTC days, of which it keeps the last and the 31 before that. It
// takes 8 bytes. The zero value is empty. Methods may be called concurrently, never
// block and do not allocate.
type DaySet struct{ word atomic.Uint64 } // the last day's number, and a bit for each day back from it

// Add adds the day of a time in Unix seconds. The day before the last one is not
// added any more; an earlier one means that the clock was set back, and replaces
// the set.
func (d *DaySet) Add(unix int64) {
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

// Before returns how many of the 31 days before that of a time in Unix seconds are in
// the set.
func (d *DaySet) Before(unix int64) int {
	word, day := d.word.Load(), uint32(unix/secondsPerDay)
	last := uint32(word >> 32)
	if day < last || day-last >= 32 {
		return 0
	}
	return bits.OnesCount32(uint32(word) << (day - last) &^ 1)
}
