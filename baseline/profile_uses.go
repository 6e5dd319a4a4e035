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

// uses are a script's, by what it is sent: made when there is one. A set of names that
// one client network alone sent makes room for others: its client may have made it up.
type uses struct {
	list atomic.Pointer[[maxUses]use]
}

// use is how a script answers to one set of names of parameters, in reads or in
// payloads.
type use struct {
	set      atomic.Uint64 // hash; 0 if there is none yet
	source   atomic.Uint64 // the network that sent it, 0 if several did
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

// add returns the use of a set that a network sent, if there is one or room for it.
func (u *uses) add(set, network uint64) *use {
	if set == 0 {
		return nil
	}
	if found := u.find(set); found != nil {
		if source := found.source.Load(); source != 0 && source != network {
			found.source.Store(0)
		}
		return found
	}
	if u.list.Load() == nil {
		u.list.CompareAndSwap(nil, new([maxUses]use))
	}
	list := u.list.Load()
	for i := range list {
		if list[i].set.CompareAndSwap(0, set) {
			list[i].source.Store(network)
			return &list[i]
		}
	}
	for i := range list {
		if use := &list[i]; use.source.Load() != 0 {
			use.replace(set, network)
			return use
		}
	}
	return nil
}

// replace makes the use one of another set. Whoever adds to it meanwhile adds to that:
// what one network alone did counts little.
func (u *use) replace(set, network uint64) {
	u.set.Store(0)
	u.visits.Store(0)
	u.sizes.Store(0)
	u.types.Store(0)
	u.statuses.Store(0)
	u.source.Store(network)
	u.set.Store(set)
}

// learn adds how the script answered.
func (u *uses) learn(v *Visit, h Hasher) {
	seen := &v.Features
	use := u.add(seen.paramSet(v.Method), v.Network)
	if use == nil {
		return
	}
	countUp(&use.visits)
	setBit(&use.statuses, statusBit(v.Status))
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
// and of how many kinds in that respect. Of a script that is frequented, what one network
// alone sent is not known.
func (u *uses) unlike(seen *RequestFeatures, m Method, status int, h Hasher, frequented bool) (in Unlike, answers, kinds int) {
	use := u.find(seen.paramSet(m))
	if use == nil || frequented && use.source.Load() != 0 {
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
	Set, Source                    uint64
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
			room = append(room, useRecord{Set: use.set.Load(), Source: use.source.Load(), Visits: use.visits.Load(), Sizes: use.sizes.Load(), Types: use.types.Load(), Statuses: use.statuses.Load()})
		}
	}
	return room
}

func (u *uses) restore(list []useRecord) {
	for _, rec := range list[:min(len(list), maxUses)] {
		if use := u.add(rec.Set, rec.Source); use != nil {
			use.visits.Store(rec.Visits)
			use.sizes.Store(rec.Sizes)
			use.types.Store(rec.Types)
			use.statuses.Store(rec.Statuses)
		}
	}
}
