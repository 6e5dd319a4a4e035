package baseline

import (
	"encoding/binary"
	"math"
	"math/bits"
	"sync/atomic"
)

const (
	exactSlots = 8  // distinct values counted exactly
	registers  = 64 // one byte each: standard error 1.04/√64 = 13 % (Flajolet et al., HyperLogLog, 2007)
	perWord    = 8  // registers in one 64-bit word
	// maxEstimate is more than anybody has networks: registers come from storage.
	maxEstimate = 1 << 40
)

// A sketch counts distinct 64-bit hashes: exactly up to eight, then with 64
// HyperLogLog registers. It costs 40 bytes, and 64 more past eight values. The
// zero value is empty. Methods may be called concurrently and never block.
type sketch struct {
	exact [exactSlots]atomic.Uint32 // filled in order; 0 is free
	large atomic.Pointer[registerSet]
}

type registerSet [registers / perWord]atomic.Uint64

// add counts the hash and reports whether it was certainly not counted before.
func (s *sketch) add(hash uint64) bool {
	short := uint32(hash>>32) | 1 // 0 marks a free slot
	for i := range s.exact {
		slot := &s.exact[i]
		if slot.Load() == 0 && slot.CompareAndSwap(0, short) {
			return true
		}
		if slot.Load() == short {
			return false
		}
	}
	large := s.large.Load()
	if large == nil {
		large = new(registerSet)
		if !s.large.CompareAndSwap(nil, large) {
			large = s.large.Load()
		}
	}
	return large.raise(hash)
}

// has reports whether the hash may have been added: surely not, if it says so.
func (s *sketch) has(hash uint64) bool {
	short := uint32(hash>>32) | 1
	for i := range s.exact {
		switch s.exact[i].Load() {
		case short:
			return true
		case 0:
			return false
		}
	}
	large := s.large.Load()
	return large != nil && large.has(hash)
}

// count estimates how many distinct hashes were added.
func (s *sketch) count() int {
	if large := s.large.Load(); large != nil {
		return exactSlots + large.estimate()
	}
	n := 0
	for n < exactSlots && s.exact[n].Load() != 0 {
		n++
	}
	return n
}

// raise sets the register of the hash to its rank, if that is higher.
func (r *registerSet) raise(hash uint64) bool {
	index := hash % registers
	rank := uint64(bits.LeadingZeros64(hash|registers-1)) + 1 // at most 59
	word, shift := &r[index/perWord], index%perWord*8
	for {
		old := word.Load()
		if old>>shift&0xff >= rank {
			return false
		}
		if word.CompareAndSwap(old, old&^(0xff<<shift)|rank<<shift) {
			return true
		}
	}
}

// has reports whether the register of the hash has its rank already.
func (r *registerSet) has(hash uint64) bool {
	index := hash % registers
	rank := uint64(bits.LeadingZeros64(hash|registers-1)) + 1
	return r[index/perWord].Load()>>(index%perWord*8)&0xff >= rank
}

// estimate is HyperLogLog's, with linear counting below 2.5 registers' worth.
func (r *registerSet) estimate() int {
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
	e := alpha * registers * registers / sum
	if e <= 2.5*registers && zeros > 0 {
		e = registers * math.Log(float64(registers)/float64(zeros))
	}
	return int(math.Round(min(e, maxEstimate)))
}

// sketchRecord is a sketch as it is stored: up to eight hashes of four bytes,
// little-endian, then the registers if there are any.
type sketchRecord []byte

// record returns the sketch as it is stored, in the room of another if it fits.
func (s *sketch) record(room sketchRecord) sketchRecord {
	rec := room[:0]
	for i := range s.exact {
		if v := s.exact[i].Load(); v != 0 {
			rec = binary.LittleEndian.AppendUint32(rec, v)
		}
	}
	if large := s.large.Load(); large != nil && len(rec) == exactSlots*4 {
		for i := range registers {
			rec = append(rec, byte(large[i/perWord].Load()>>(i%perWord*8)))
		}
	}
	return rec
}

// restore fills an empty sketch. What cannot be is cut off or ignored: the
// record comes from storage.
func (s *sketch) restore(rec sketchRecord) {
	n := 0
	for ; len(rec) >= 4 && n < exactSlots; rec = rec[4:] {
		s.exact[n].Store(binary.LittleEndian.Uint32(rec) | 1)
		n++
	}
	if n < exactSlots || len(rec) != registers {
		return
	}
	large := new(registerSet)
	for i, rank := range rec {
		word := &large[i/perWord]
		word.Store(word.Load() | uint64(min(rank, 64))<<(i%perWord*8))
	}
	s.large.Store(large)
}
