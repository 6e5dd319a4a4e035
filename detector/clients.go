package detector

import "sync/atomic"

const (
	bloomBits   = 1 << 20 // 128 KiB
	bloomHashes = 4
	// bloomFull is how many networks one filter takes: with 2²⁰ bits and four
	// hashes a false hit has then a probability of 1.1 % (Bloom, 1970).
	bloomFull = 100_000
)

// clients remembers which client networks were seen lately: between 100,000
// and 200,000 of them, in two filters of which the older is dropped when the
// newer is full. A false hit makes an unknown client look known, which only
// takes away a little evidence.
type clients struct {
	current, older atomic.Pointer[bloom]
}

type bloom struct {
	words [bloomBits / 64]atomic.Uint64
	added atomic.Int64
}

// seen reports whether the network was probably seen.
func (c *clients) seen(network uint64) bool {
	if c.current.Load().has(network) {
		return true
	}
	older := c.older.Load()
	return older != nil && older.has(network)
}

// add remembers the network and reports whether it was new.
func (c *clients) add(network uint64) bool {
	current := c.current.Load()
	if current.has(network) {
		return false
	}
	fresh := !c.seen(network)
	current.set(network)
	if current.added.Add(1) == bloomFull {
		c.older.Store(current)
		c.current.Store(new(bloom))
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
