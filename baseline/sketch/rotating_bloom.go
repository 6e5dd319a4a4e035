package sketch

import "sync/atomic"

const (
	bloomBits   = 1 << 20 // 128 KiB
	bloomHashes = 4
	// bloomFull is how many hashes one filter takes: with 2²⁰ bits and four
	// hashes a false hit has then a probability of 1.1 % (Bloom, 1970).
	bloomFull = 100_000
)

// A RotatingBloom remembers which hashes were added lately: between 100,000 and
// 200,000 of them, in two Bloom filters, the older of which is dropped when the newer
// is full. It takes 128 KiB from the first hash on, 256 KiB from the 100,000th. Up to
// 2 % of the hashes that were never added pass for seen: nothing important may depend
// on one. The zero value is empty. Methods may be called concurrently and never block.
type RotatingBloom struct {
	current, older atomic.Pointer[bloom]
}

type bloom struct {
	words [bloomBits / 64]atomic.Uint64
	added atomic.Int64
}

// Seen reports whether the hash was probably added lately.
func (r *RotatingBloom) Seen(hash uint64) bool {
	current, older := r.current.Load(), r.older.Load()
	return current != nil && current.has(hash) || older != nil && older.has(hash)
}

// Add remembers the hash and reports whether it was certainly not added lately.
func (r *RotatingBloom) Add(hash uint64) bool {
	current := r.current.Load()
	if current == nil {
		r.current.CompareAndSwap(nil, new(bloom))
		current = r.current.Load()
	}
	if current.has(hash) {
		return false
	}
	fresh := !r.Seen(hash)
	current.set(hash)
	if current.added.Add(1) == bloomFull {
		r.older.Store(current)
		r.current.Store(new(bloom))
	}
	return fresh
}

func (b *bloom) has(hash uint64) bool {
	for i := range uint64(bloomHashes) {
		if at := bloomIndex(hash, i); b.words[at/64].Load()&(1<<(at%64)) == 0 {
			return false
		}
	}
	return true
}

func (b *bloom) set(hash uint64) {
	for i := range uint64(bloomHashes) {
		at := bloomIndex(hash, i)
		b.words[at/64].Or(1 << (at % 64))
	}
}

// bloomIndex derives the i-th hash from the halves of one (Kirsch and
// Mitzenmacher, 2006).
func bloomIndex(hash, i uint64) uint64 {
	return (hash&0xffffffff + i*(hash>>32|1)) % bloomBits
}
