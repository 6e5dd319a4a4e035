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
	sizes    atomic.Uint32 // bit b for an answer in sketch.SizeBucket b
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

// setHash identifies the names of parameters of a visit, in any order, and whether
// it reads. It is 0 if there is nothing to tell by.
func (l *Shape) setHash(m Method, s *Site) uint64 {
	sum, names := uint64(0), 0
	for hash := range l.params(s) {
		sum += hash
		names++
	}
	if names == 0 && m.Reads() {
		return 0
	}
	return (sum<<1 | uint64(answerKind(m))) + 2
}

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

// learn adds what was answered.
func (u *uses) learn(look *Shape, m Method, status int, s *Site) {
	use := u.add(look.setHash(m, s))
	if use == nil {
		return
	}
	if use.visits.Load() < 1<<31 {
		use.visits.Add(1)
	}
	set(&use.statuses, statusBit(status))
	if look.Type != "" {
		set(&use.types, typeBit(look.Type, s))
	}
	if look.Answered >= 0 {
		set(&use.sizes, 1<<sketch.SizeBucket(look.Answered))
	}
}

// set sets a bit, and writes only if it was not set.
func set(a *atomic.Uint32, bit uint32) {
	if a.Load()&bit == 0 {
		a.Or(bit)
	}
}

func statusBit(status int) uint32 { return 1 << min(max(status/100-1, 0), statusClasses-1) }

func typeBit(contentType string, s *Site) uint32 {
	media, _, _ := strings.Cut(contentType, ";")
	return 1 << (s.NameHash(strings.TrimSpace(media)) % typeBits)
}

// UnlikeAnswer returns in what an answer differs from all those that the same
// parameters got while the site was learned, by the first of status, type and size
// that does; how many answers these were; and of how many kinds in that respect.
// Without a type or a size (−1) that is no difference.
func (p *Profile) UnlikeAnswer(s *Site, look *Shape, m Method, status int) (in Unlike, answers, kinds int) {
	use := p.uses.find(look.setHash(m, s))
	if use == nil {
		return UnlikeNone, 0, 0
	}
	answers = int(use.visits.Load())
	if seen := use.statuses.Load(); seen&statusBit(status) == 0 {
		return UnlikeStatus, answers, bits.OnesCount32(seen)
	}
	if seen := use.types.Load(); look.Type != "" && seen != 0 && seen&typeBit(look.Type, s) == 0 {
		return UnlikeType, answers, bits.OnesCount32(seen)
	}
	if seen := use.sizes.Load(); look.Answered >= 0 && seen != 0 {
		at := uint32(1) << sketch.SizeBucket(look.Answered)
		if seen&(at|at<<1|at>>1) == 0 {
			return UnlikeSize, answers, bits.OnesCount32(seen)
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
