package sketch

import (
	"encoding/binary"
	"slices"
)

// A DistinctRecord is a [Distinct] as it is stored: up to eight 32-bit hashes,
// ascending and little-endian, then the 64 registers if there are any. Equal sketches
// have equal records.
type DistinctRecord []byte

// Record returns the sketch as it is stored, in the room of another record if it
// fits. All that had been added before is in it.
func (d *Distinct) Record(room DistinctRecord) DistinctRecord {
	rec := room[:0]
	kept := d.kept()
	slices.Sort(kept[:])
	for _, short := range kept {
		if short != 0 {
			rec = binary.LittleEndian.AppendUint32(rec, short)
		}
	}
	if rest := d.rest.Load(); rest != nil && kept[0] != 0 {
		for i := range rest {
			rec = binary.LittleEndian.AppendUint64(rec, rest[i].Load())
		}
	}
	return rec
}

// Restore adds what a record holds. What cannot be in one is cut off or ignored: it
// comes from storage.
func (d *Distinct) Restore(rec DistinctRecord) {
	n := 0
	for ; len(rec) >= 4 && n < exactSlots; rec = rec[4:] {
		d.add(binary.LittleEndian.Uint32(rec) | 1)
		n++
	}
	if len(rec) != registerCount || d.exact[exactSlots-1].Load() == 0 {
		return
	}
	rest := d.grow()
	for i, rank := range rec {
		rest.raiseTo(uint32(i)/perWord, uint32(i)%perWord*8, min(uint64(rank), maxRank))
	}
}
