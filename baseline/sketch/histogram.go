package sketch

import (
	"math/bits"
	"sync/atomic"
)

const (
	// SizeBuckets is the number of orders of magnitude of sizes, the powers of four.
	SizeBuckets   = 16
	bucketsInWord = 4
	bucketFull    = 0xffff
)

// SizeBucket returns the order of magnitude of a size, from 0 to [SizeBuckets] − 1:
// n for sizes from 4ⁿ⁻¹ to 4ⁿ−1, 0 for a size of 0 or less, and the last for all
// above.
func SizeBucket(size int64) int { return min((bits.Len64(uint64(max(size, 0)))+1)/2, SizeBuckets-1) }

// A Histogram counts sizes by their [SizeBucket], each up to 65,535. It takes 32
// bytes. The zero value is empty. Methods may be called concurrently, never block and
// do not allocate.
type Histogram [SizeBuckets / bucketsInWord]atomic.Uint64

// Add counts a size. A bucket that is full stays full.
func (h *Histogram) Add(size int64) { h.raise(SizeBucket(size), 1) }

// raise adds up to 65,535 to a bucket.
func (h *Histogram) raise(bucket int, n uint64) {
	word, shift := &h[bucket/bucketsInWord], bucket%bucketsInWord*16
	for {
		old := word.Load()
		room := bucketFull - old>>shift&bucketFull
		if added := min(n, room); added == 0 || word.CompareAndSwap(old, old+added<<shift) {
			return
		}
	}
}

// Count returns how many sizes fell into a bucket.
func (h *Histogram) Count(bucket int) int {
	return int(h[bucket/bucketsInWord].Load() >> (bucket % bucketsInWord * 16) & bucketFull)
}

// Merge adds the counts of another histogram. It is commutative and associative, but
// adding one twice counts it twice. Nothing calls it yet: it is for nodes that share a
// baseline.
func (h *Histogram) Merge(other *Histogram) {
	for bucket := range SizeBuckets {
		h.raise(bucket, uint64(other.Count(bucket)))
	}
}

// Record returns the histogram as it is stored, in the room of another record if it
// fits: words of four buckets of 16 bits, the first lowest.
func (h *Histogram) Record(room []uint64) []uint64 {
	list := room[:0]
	for i := range h {
		list = append(list, h[i].Load())
	}
	return list
}

// Restore fills an empty histogram. It ignores words past the last.
func (h *Histogram) Restore(list []uint64) {
	for i, word := range list[:min(len(list), len(h))] {
		h[i].Store(word)
	}
}
