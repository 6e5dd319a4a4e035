package baseline

import (
	"math/bits"
	"strings"
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

const (
	// maxUses bounds the sets of parameters of which the answers are known, for each
	// script. Forms and links of a page have a few; a script that takes more is
	// not known by them.
	maxUses = 8
	// typeBits is for how many media types a use has room. Two may share one.
	typeBits = 24
)

// uses are a script's, by what it is sent: made when there is one.
type uses struct {
	list atomic.Pointer[[maxUses]use]
}

// use is how a script answers to one set of names of parameters, in reads or in
// payloads.
type use struct {
	set      atomic.Uint64 // hash; 0 if there is none yet
	visits   atomic.Uint32
	sizes    atomic.Uint32 // bit b for an answer in sizeBucket b
	types    atomic.Uint32 // bit for a media type
	statuses atomic.Uint32 // bit for a class of status
}

// Unlike says in what an answer differs from all known ones.
type Unlike uint8

// The differences.
const (
	UnlikeNone Unlike = iota
	UnlikeStatus
	UnlikeType
	UnlikeSize
)

// find returns the use of a set, or nil.
func (u *uses) find(set uint64) *use {
	list := u.list.Load()
	if list == nil || set == 0 {
		return nil
	}
	for i := range list {
		if list[i].set.Load() == set {
			return &list[i]
		}
	}
	return nil
}

// add returns the use of a set, if there is one or room for it.
func (u *uses) add(set uint64) *use {
	if found := u.find(set); found != nil || set == 0 {
		return found
	}
	if u.list.Load() == nil {
		u.list.CompareAndSwap(nil, new([maxUses]use))
	}
	list := u.list.Load()
	for i := range list {
		if list[i].set.CompareAndSwap(0, set) || list[i].set.Load() == set {
			return &list[i]
		}
	}
	return nil
}

// learn adds how the script answered.
func (u *uses) learn(seen *RequestFeatures, m Method, status int, h Hasher) {
	use := u.add(seen.paramSet(m))
	if use == nil {
		return
	}
	countUp(&use.visits)
	setBit(&use.statuses, statusBit(status))
	if seen.Type != "" {
		setBit(&use.types, typeBit(seen.mediaType(), h))
	}
	if seen.Answered >= 0 {
		setBit(&use.sizes, 1<<sketch.SizeBucket(seen.Answered))
	}
}

func statusBit(status int) uint32 { return 1 << statusClass(status) }

func typeBit(mediaType string, h Hasher) uint32 {
	return 1 << (h.Text(strings.ToLower(mediaType)) % typeBits)
}

// unlike returns in what an answer differs from all those that the same parameters
// got, by the first of status, type and size that does; how many answers these were;
// and of how many kinds in that respect.
func (u *uses) unlike(seen *RequestFeatures, m Method, status int, h Hasher) (in Unlike, answers, kinds int) {
	use := u.find(seen.paramSet(m))
	if use == nil {
		return UnlikeNone, 0, 0
	}
	answers = int(use.visits.Load())
	if known := use.statuses.Load(); known&statusBit(status) == 0 {
		return UnlikeStatus, answers, bits.OnesCount32(known)
	}
	if known := use.types.Load(); seen.Type != "" && known != 0 && known&typeBit(seen.mediaType(), h) == 0 {
		return UnlikeType, answers, bits.OnesCount32(known)
	}
	if known := use.sizes.Load(); seen.Answered >= 0 && known != 0 {
		at := uint32(1) << sketch.SizeBucket(seen.Answered)
		if known&(at|at<<1|at>>1) == 0 {
			return UnlikeSize, answers, bits.OnesCount32(known)
		}
	}
	return UnlikeNone, answers, 0
}

// useRecord is a use as it is stored.
type useRecord struct {
	_                              struct{} `cbor:",toarray"`
	Set                            uint64
	Visits, Sizes, Types, Statuses uint32
}

func (u *uses) record(room []useRecord) []useRecord {
	list := u.list.Load()
	if list == nil {
		return nil
	}
	room = room[:0]
	for i := range list {
		if use := &list[i]; use.set.Load() != 0 {
			room = append(room, useRecord{Set: use.set.Load(), Visits: use.visits.Load(), Sizes: use.sizes.Load(), Types: use.types.Load(), Statuses: use.statuses.Load()})
		}
	}
	return room
}

func (u *uses) restore(list []useRecord) {
	for _, rec := range list[:min(len(list), maxUses)] {
		if use := u.add(rec.Set); use != nil {
			use.visits.Store(rec.Visits)
			use.sizes.Store(rec.Sizes)
			use.types.Store(rec.Types)
			use.statuses.Store(rec.Statuses)
		}
	}
}
