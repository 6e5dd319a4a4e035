package sketch

import (
	"encoding/binary"
	"slices"
)

// A SharedSetRecord is a [SharedSet] as it is stored: its slots of 32 bits, ascending
// and little-endian.
type SharedSetRecord []byte

// Record returns the set as it is stored, in the room of another record if it fits.
func (s *SharedSet) Record(space SharedSetRecord) SharedSetRecord {
	rec := space[:0]
	slots := slices.Sorted(s.slots())
	for _, slot := range slots {
		rec = binary.LittleEndian.AppendUint32(rec, slot)
	}
	return rec
}

// Restore adds what a record holds. What is cut off is ignored: it comes from storage.
func (s *SharedSet) Restore(rec SharedSetRecord) {
	for ; len(rec) >= 4; rec = rec[4:] {
		slot := binary.LittleEndian.Uint32(rec)
		if slot&shared != 0 {
			slot = common(slot)
		}
		if slot>>nameShift != 0 {
			s.add(slot)
		}
	}
}
