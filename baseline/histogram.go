package baseline

import (
	"math/bits"
	"sync/atomic"
)

const (
	// sizeBuckets divides sizes by powers of four: bucket n holds those from 4ⁿ⁻¹
	// to 4ⁿ−1 bytes, bucket 0 the empty ones and the last all above.
	sizeBuckets   = 16
	bucketsInWord = 4
)

// histogram counts sizes on a logarithmic scale, each bucket up to 65,535. The
// zero value is empty.
type histogram [sizeBuckets / bucketsInWord]atomic.Uint64

func sizeBucket(size int64) int { return min((bits.Len64(uint64(max(size, 0)))+1)/2, sizeBuckets-1) }

// add counts a size. A bucket that is full stays full.
func (h *histogram) add(size int64) {
	b := sizeBucket(size)
	word, shift := &h[b/bucketsInWord], b%bucketsInWord*16
	for {
		old := word.Load()
		if old>>shift&0xffff == 0xffff || word.CompareAndSwap(old, old+1<<shift) {
			return
		}
	}
}

// count returns how many sizes fell into a bucket.
func (h *histogram) count(bucket int) int {
	return int(h[bucket/bucketsInWord].Load() >> (bucket % bucketsInWord * 16) & 0xffff)
}

func (h *histogram) record(room []uint64) []uint64 {
	list := room[:0]
	for i := range h {
		list = append(list, h[i].Load())
	}
	return list
}

func (h *histogram) restore(list []uint64) {
	for i, v := range list[:min(len(list), len(h))] {
		h[i].Store(v)
	}
}
