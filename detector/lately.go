package detector

import "sync/atomic"

const (
	bloomBits   = 1 << 20 // 128 KiB
	bloomHashes = 4
	// bloomFull is how many hashes one filter takes: with 2²⁰ bits and four
	// hashes a false hit has then a probability of 1.1 % (Bloom, 1970).
	bloomFull = 100_000
)

// lately remembers which hashes were seen lately, such as those of client
// networks: between 100,000 and 200,000 of them, in two filters of which the older
// is dropped when the newer is full. A false hit must not decide anything. The
// zero value has seen nothing.
type lately struct {
	current, older atomic.Pointer[bloom]
}

type bloom struct {
	words [bloomBits / 64]atomic.Uint64
	added atomic.Int64
}

// seen reports whether the hash was probably seen.
func (l *lately) seen(hash uint64) bool {
	current, older := l.current.Load(), l.older.Load()
	return current != nil && current.has(hash) || older != nil && older.has(hash)
}

// add remembers the hash and reports whether it was new.
func (l *lately) add(hash uint64) bool {
	current := l.current.Load()
	if current == nil {
		l.current.CompareAndSwap(nil, new(bloom))
		current = l.current.Load()
	}
	if current.has(hash) {
		return false
	}
	fresh := !l.seen(hash)
	current.set(hash)
	if current.added.Add(1) == bloomFull {
		l.older.Store(current)
		l.current.Store(new(bloom))
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
