package baseline

import (
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// methods is what is known of the methods a script takes. Those it took while
// its site learned are known, and those it had taken when an operator approved
// it. Others stay strange however often they are used: three addresses and
// patience must not buy a backdoor its POST.
type methods struct {
	known    atomic.Uint32                   // bit m for Method m
	strange  atomic.Uint32                   // those used that are not known
	networks atomic.Pointer[sketch.Distinct] // that used a strange one
}

// knows reports whether the method is a habit.
func (m *methods) knows(method Method) bool { return m.known.Load()&(1<<method) != 0 }

// takesPayloads reports whether the script normally takes a method that does more
// than read, and triedPayloads whether it was ever sent one.
func (m *methods) takesPayloads() bool { return m.known.Load()&payloadMethods != 0 }
func (m *methods) triedPayloads() bool { return (m.known.Load()|m.strange.Load())&payloadMethods != 0 }

// used reports whether the script was visited at all: a decision makes one known without.
func (m *methods) used() bool { return m.known.Load()|m.strange.Load() != 0 }

// strangeNetworks estimates how many client networks used a strange method.
func (m *methods) strangeNetworks() int {
	if networks := m.networks.Load(); networks != nil {
		return networks.Count()
	}
	return 0
}

// use notes the use of a method: as a habit, or as strange if it is not one.
func (m *methods) use(v *Visit, habit bool) {
	bit := uint32(1) << v.Method
	switch {
	case m.known.Load()&bit != 0:
		return
	case habit:
		m.known.Or(bit)
		return
	}
	m.strange.Or(bit)
	networks := m.networks.Load()
	if networks == nil {
		networks = new(sketch.Distinct)
		if !m.networks.CompareAndSwap(nil, networks) {
			networks = m.networks.Load()
		}
	}
	networks.Add(v.Network)
}

// approve makes habits of the strange methods used so far.
func (m *methods) approve() {
	m.known.Or(m.strange.Swap(0))
	m.networks.Store(nil)
}

type methodsRecord struct {
	_              struct{} `cbor:",toarray"`
	Known, Strange uint32
	Networks       *sketch.DistinctRecord
}

func (m *methods) record() methodsRecord {
	rec := methodsRecord{Known: m.known.Load(), Strange: m.strange.Load()}
	if networks := m.networks.Load(); networks != nil {
		r := networks.Record(nil)
		rec.Networks = &r
	}
	return rec
}

func (m *methods) restore(rec methodsRecord) {
	const all = 1<<methodCount - 1
	m.known.Store(rec.Known & all)
	m.strange.Store(rec.Strange & all)
	if rec.Networks != nil {
		networks := new(sketch.Distinct)
		networks.Restore(*rec.Networks)
		m.networks.Store(networks)
	}
}
