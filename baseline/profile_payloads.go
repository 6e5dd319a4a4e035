package baseline

import (
	"math/bits"
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// payloads are what a script is sent besides names: bodies of which types, upgrades, and
// which fields carry long unreadable values. Those of the time in which its site learned are
// known, and those it was sent before an operator approved it; what comes later stays strange,
// however often it comes. It is made when there is one.
type payloads struct{ kinds atomic.Pointer[payloadKinds] }

// OpaqueFields is how many fields with unreadable values are learned of one visit: a token and
// a cookie or two are common.
const OpaqueFields = 4

type payloadKinds struct {
	known    atomic.Uint64    // bits of media types, of requests that read in the upper half
	once     atomic.Uint64    // those of the known that were seen exactly once
	strange  atomic.Uint64    // those that came and are not known
	typed    atomic.Uint32    // payloads learned of which the type is known
	networks sketch.Distinct  // that sent a strange one
	opaque   sketch.SharedSet // fields with unreadable values: known
	later    sketch.SharedSet // and those that came later
}

// mediaBit is a type's place, for reads or for payloads.
func mediaBit(t MediaType, m Method) uint64 {
	if t == MediaUpgrade {
		m = MethodGet // whatever asks for it
	}
	return 1 << (uint64(t%mediaCount) + mediaCount*uint64(1-m.kind()))
}

// make returns the kinds, and makes them if there are none.
func (p *payloads) make() *payloadKinds {
	if p.kinds.Load() == nil {
		p.kinds.CompareAndSwap(nil, new(payloadKinds))
	}
	return p.kinds.Load()
}

// use notes what a visit brought: as a habit, or as strange if it is none.
func (p *payloads) use(v *Visit, habit bool) {
	if v.Media == MediaUnknown && v.Opaque == nil && !v.Upgraded {
		return // nearly all that read
	}
	k := p.make()
	if v.Opaque != nil {
		k.useFields(v.Opaque, v.Network, habit)
	}
	if v.Upgraded {
		k.use(mediaBit(MediaUpgrade, v.Method), v.Network, habit)
	}
	if v.Media == MediaUnknown {
		return
	}
	k.use(mediaBit(v.Media, v.Method), v.Network, habit)
	if habit && !v.Method.Reads() {
		countUp(&k.typed)
	}
}

func (k *payloadKinds) useFields(fields *[OpaqueFields]uint64, network uint64, habit bool) {
	for _, field := range fields {
		switch {
		case field == 0:
		case habit:
			k.opaque.Add(field, network)
		case k.opaque.Look(field, network) != sketch.Shared:
			k.later.Add(field, network)
		}
	}
}

func (k *payloadKinds) use(bit, network uint64, habit bool) {
	switch known := k.known.Load()&bit != 0; {
	case known && habit && k.once.Load()&bit != 0:
		k.once.And(^bit)
	case known:
	case habit:
		k.once.Or(bit)
		k.known.Or(bit)
	default:
		if k.strange.Load()&bit == 0 {
			k.strange.Or(bit)
		}
		k.networks.Add(network)
	}
}

// approve makes habits of what came so far.
func (p *payloads) approve() {
	k := p.kinds.Load()
	if k == nil {
		return
	}
	k.known.Or(k.strange.Swap(0))
	k.opaque.ShareAll(&k.later)
	p.kinds.CompareAndSwap(k, k.approved())
}

// approved are the known kinds alone.
func (k *payloadKinds) approved() *payloadKinds {
	fresh := new(payloadKinds)
	fresh.known.Store(k.known.Load())
	fresh.once.Store(k.once.Load())
	fresh.typed.Store(k.typed.Load())
	fresh.opaque.Merge(&k.opaque)
	return fresh
}

// MediaHabits says how a script is used to the type of a payload.
type MediaHabits struct {
	Known    bool
	Payloads uint64 // learned, of which the type is known; for a read or an upgrade, visits
	Once     int    // types seen exactly once among them
	Networks int    // client networks that sent a strange type since
}

// MediaHabits returns how the script is used to a body of the type in a request of the
// method, or to an upgrade.
func (p *Profile) MediaHabits(t MediaType, m Method) (h MediaHabits) {
	if t == MediaUpgrade || m.Reads() {
		h.Payloads, _ = p.MethodCounts()
	}
	k := p.payloads.kinds.Load()
	if k == nil {
		return h
	}
	h.Known = k.known.Load()&mediaBit(t, m) != 0
	h.Networks = k.networks.Count()
	const reads = uint64(1<<mediaCount-1) << mediaCount
	among := reads
	if t != MediaUpgrade && !m.Reads() {
		h.Payloads, among = uint64(k.typed.Load()), ^reads
	}
	h.Once = bits.OnesCount64(k.once.Load() & among)
	return h
}

// KnowsPayloads reports whether it is known what the script was sent: baselines of versions
// before did not keep it.
func (p *Profile) KnowsPayloads() bool { return p.payloadsKept }

// KnowsOpaque reports whether the script may have been sent an unreadable value in the
// field, by its hash, while its site learned or before it was approved. As for names, what
// one client network alone sent counts for that network only, unless hardly any other came.
func (p *Profile) KnowsOpaque(field, network uint64) bool {
	k := p.payloads.kinds.Load()
	return k != nil && p.has(&k.opaque, field, network)
}

// payloadsRecord are payloads as they are stored.
type payloadsRecord struct {
	_                    struct{} `cbor:",toarray"`
	Known, Once, Strange uint64
	Typed                uint32
	Networks             sketch.DistinctRecord
	Opaque, Later        sketch.SharedSetRecord
}

func (p *payloads) record() *payloadsRecord {
	k := p.kinds.Load()
	if k == nil {
		return nil
	}
	return &payloadsRecord{
		Known: k.known.Load(), Once: k.once.Load(), Strange: k.strange.Load(), Typed: k.typed.Load(),
		Networks: k.networks.Record(nil), Opaque: k.opaque.Record(nil), Later: k.later.Record(nil),
	}
}

func (p *payloads) restore(rec *payloadsRecord) {
	if rec == nil {
		return
	}
	k := new(payloadKinds)
	k.known.Store(rec.Known)
	k.once.Store(rec.Once & rec.Known)
	k.strange.Store(rec.Strange)
	k.typed.Store(rec.Typed)
	k.networks.Restore(rec.Networks)
	k.opaque.Restore(rec.Opaque)
	k.later.Restore(rec.Later)
	p.kinds.Store(k)
}
