package sketch

import (
	"iter"
	"sync"
	"sync/atomic"
)

const (
	bucketSlots = 8
	maxBuckets  = 16
	tagBits     = 9
	nameShift   = tagBits + 1
)

// A SharedSet holds hashes, and of each whether one source brought it or several: one
// source alone must not make a hash common. It has room for 128 of them, less where
// eight fall into the same part. A hash that several sources brought stays; of one
// source alone the newest stay. It takes 16 bytes when empty, and 32 for each eight
// hashes there is room for, which doubles as needed.
//
// Only 22 bits of a hash count, and 9 of a source: of a million hashes that were not
// added, some 24 pass for one of a hundred that were. The zero value is empty. Methods
// may be called concurrently; reading, and adding what is known, neither blocks nor
// allocates.
type SharedSet struct {
	buckets atomic.Pointer[[]bucket]
	change  sync.Mutex // held by whoever adds
}

// A bucket is filled from the front. A slot has a hash, the source that brought it, and
// whether another did too. 0 is free.
type bucket [bucketSlots]atomic.Uint32

const shared = 1

// Presence says what a [SharedSet] knows of a hash.
type Presence uint8

// What can be known of a hash, from the least on.
const (
	Absent  Presence = iota // it was not added, or had to make room
	Single                  // one source brought it
	Own                     // one source did, and it may be the one that asks
	Shared                  // several sources did
	Unknown                 // it was not added, but there may have been no room for it
)

// slotOf returns what a slot has if the source alone brought the hash.
func slotOf(hash, source uint64) uint32 {
	return max(1, uint32(hash>>42))<<nameShift | uint32(source>>(64-tagBits))<<1
}

func bucketOf(buckets []bucket, slot uint32) *bucket {
	return &buckets[slot>>nameShift&uint32(len(buckets)-1)]
}

// find returns the slot of the hash, or if it has none whether its bucket is full.
func find(buckets []bucket, slot uint32) (found *atomic.Uint32, full bool) {
	name, in := slot>>nameShift, bucketOf(buckets, slot)
	for i := range in {
		switch kept := in[i].Load(); {
		case kept>>nameShift == name:
			return &in[i], false
		case kept == 0:
			return nil, false
		}
	}
	return nil, true
}

// Look returns what is known of the hash, for the source that asks.
func (s *SharedSet) Look(hash, source uint64) Presence {
	buckets := s.buckets.Load()
	if buckets == nil {
		return Absent
	}
	slot := slotOf(hash, source)
	in := bucketOf(*buckets, slot)
	for i := range in {
		kept := in[i].Load()
		if kept>>nameShift != slot>>nameShift {
			if kept == 0 {
				return Absent
			}
			continue
		}
		switch {
		case kept&shared != 0:
			return Shared
		case kept == slot:
			return Own
		}
		return Single
	}
	if len(*buckets) == maxBuckets && room(in, slot) == nil {
		return Unknown
	}
	return Absent
}

// Add adds a hash that the source brought.
func (s *SharedSet) Add(hash, source uint64) { s.add(slotOf(hash, source)) }

// Share adds a hash as if several sources had brought it.
func (s *SharedSet) Share(hash uint64) { s.add(common(slotOf(hash, 0))) }

// common returns a slot as it is once several sources brought its hash.
func common(slot uint32) uint32 { return slot>>nameShift<<nameShift | shared }

func (s *SharedSet) add(slot uint32) {
	if buckets := s.buckets.Load(); buckets != nil {
		if found, _ := find(*buckets, slot); found != nil {
			if kept := found.Load(); kept&shared != 0 || kept == slot {
				return
			}
		}
	}
	s.change.Lock()
	defer s.change.Unlock()
	for {
		buckets := s.buckets.Load()
		if buckets == nil {
			buckets = new([]bucket)
			*buckets = make([]bucket, 1)
			s.buckets.Store(buckets)
		}
		found, full := find(*buckets, slot)
		switch {
		case found != nil:
			if kept := found.Load(); kept&shared == 0 && kept != slot {
				found.Store(common(slot))
			}
			return
		case full && len(*buckets) < maxBuckets:
			s.double(*buckets)
			continue
		}
		if free := room(bucketOf(*buckets, slot), slot); free != nil {
			free.Store(slot)
		}
		return
	}
}

// room returns the slot that a hash may take: a free one, else one that its source alone
// brought, else the last that any source alone did; or nil.
func room(in *bucket, slot uint32) (best *atomic.Uint32) {
	const tag = 1<<nameShift - 1
	for i := range in {
		kept := in[i].Load()
		if kept == 0 {
			return &in[i]
		}
		if kept&shared == 0 && (best == nil || best.Load()&tag != slot&tag) {
			best = &in[i]
		}
	}
	return best
}

// double makes room for twice as many hashes.
func (s *SharedSet) double(old []bucket) {
	fresh := make([]bucket, 2*len(old))
	for b := range old {
		for i := range old[b] {
			if slot := old[b][i].Load(); slot != 0 {
				room(bucketOf(fresh, slot), slot).Store(slot)
			}
		}
	}
	s.buckets.Store(&fresh)
}

// Count returns how many hashes there are, and how many of them several sources brought.
func (s *SharedSet) Count() (all, several int) {
	for slot := range s.slots() {
		all++
		several += int(slot & shared)
	}
	return all, several
}

// Sources returns how many sources brought hashes that no other did, of those that are
// told apart.
func (s *SharedSet) Sources() (n int) {
	var seen [1 << tagBits / 64]uint64
	for slot := range s.slots() {
		tag := slot & (1<<nameShift - 1) >> 1
		if slot&shared == 0 && seen[tag/64]&(1<<(tag%64)) == 0 {
			seen[tag/64] |= 1 << (tag % 64)
			n++
		}
	}
	return n
}

// slots lists what the slots have that are taken.
func (s *SharedSet) slots() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		buckets := s.buckets.Load()
		if buckets == nil {
			return
		}
		for b := range *buckets {
			for i := range (*buckets)[b] {
				slot := (*buckets)[b][i].Load()
				if slot == 0 {
					break
				}
				if !yield(slot) {
					return
				}
			}
		}
	}
}

// ShareAll adds what had been added to the other set as if several sources had brought it.
func (s *SharedSet) ShareAll(other *SharedSet) {
	for slot := range other.slots() {
		s.add(common(slot))
	}
}

// Merge adds what had been added to the other set. As long as there is room it is
// commutative, associative and idempotent. Nothing calls it yet: it is for nodes that share
// a baseline.
func (s *SharedSet) Merge(other *SharedSet) {
	for slot := range other.slots() {
		s.add(slot)
	}
}
