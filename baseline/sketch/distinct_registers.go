package sketch

import (
	"math"
	"math/bits"
	"sync/atomic"
)

const (
	// registerCount makes the standard error 1.04/√64 = 13 % (Flajolet et al.,
	// HyperLogLog, 2007).
	registerCount = 64
	perWord       = 8 // registers in a word, one byte each
	// indexMask selects a register by bits 1 to 6: bit 0 is always set.
	indexMask = (registerCount - 1) << 1
	// maxRank is the rank of a hash that has only zeros above its index.
	maxRank = 26
)

// registers are those of HyperLogLog: each holds the highest rank of its hashes, 0
// if it has none. The zero value is empty.
type registers [registerCount / perWord]atomic.Uint64

// locate returns the word and the bit at which the hash has its register, and its
// rank: one more than its number of leading zeros.
func locate(short uint32) (word, shift uint32, rank uint64) {
	index := short & indexMask >> 1
	return index / perWord, index % perWord * 8, uint64(bits.LeadingZeros32(short|indexMask)) + 1
}

// raise adds a hash and reports whether its register was lower before.
func (r *registers) raise(short uint32) bool { return r.raiseTo(locate(short)) }

func (r *registers) raiseTo(word, shift uint32, rank uint64) bool {
	for {
		old := r[word].Load()
		if old>>shift&0xff >= rank {
			return false
		}
		if r[word].CompareAndSwap(old, old&^(0xff<<shift)|rank<<shift) {
			return true
		}
	}
}

// has reports whether the register of the hash has its rank already.
func (r *registers) has(short uint32) bool {
	word, shift, rank := locate(short)
	return r[word].Load()>>shift&0xff >= rank
}

// merge raises each register to that of the others.
func (r *registers) merge(others *registers) {
	for i := range others {
		word := others[i].Load()
		for shift := uint32(0); shift < 64; shift += 8 {
			r.raiseTo(uint32(i), shift, word>>shift&0xff)
		}
	}
}

// estimate returns how many hashes there are, with the exact ones that are not in
// the registers. Up to two a register it counts linearly (Whang et al., 1990), and
// adds those. HyperLogLog, which takes over, counts them anyway: they are the largest
// of all, with the lowest rank, and would hardly raise a register.
func (r *registers) estimate() int {
	sum, zeros := 0.0, 0
	for i := range r {
		for word, n := r[i].Load(), 0; n < perWord; word, n = word>>8, n+1 {
			rank := word & 0xff
			sum += math.Ldexp(1, -int(rank))
			if rank == 0 {
				zeros++
			}
		}
	}
	const alpha = 0.709 // for 64 registers
	e := alpha * registerCount * registerCount / sum
	if e <= 2*registerCount && zeros > 0 {
		e = exactSlots + registerCount*math.Log(float64(registerCount)/float64(zeros))
	}
	return int(math.Round(e))
}
