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

// KnowsMethod reports whether the script normally takes the method.
func (p *Profile) KnowsMethod(m Method) bool { return p.methods.known.Load()&(1<<m) != 0 }

// payloads are the methods that do more than read.
const payloads = (1<<methodCount - 1) &^ (1<<MethodGet | 1<<MethodHead | 1<<MethodOptions)

// countUses counts the scripts that take payloads, and those among data that are
// only read, when learning has ended.
func (s *Site) countUses() {
	takers, amongData := 0, 0
	for _, p := range s.profiles.AllRelaxed() {
		switch {
		case p.route:
		case p.methods.known.Load()&payloads != 0:
			takers++
		case !p.late.Load() && DataDirectory(p.key.Path) != "":
			amongData++
		}
	}
	s.takers.Store(int64(takers))
	s.amongData.Store(int64(amongData))
}

// PayloadShare estimates which share of the site's scripts takes payloads,
// greater than 0 and at most 1, as learning left it, and of how many scripts that
// is known.
func (s *Site) PayloadShare() (share float64, scripts int) {
	scripts = s.Scripts(Trusted) + s.Scripts(Provisional)
	return min(1, (float64(s.takers.Load())+0.5)/float64(scripts+1)), scripts
}

// DataShare estimates which share of the site's scripts is only read and lies where
// data is kept, such as sources of programs served as files, as learning left it,
// and how many those are. A site of which nothing is known has 0.003, the share of
// honest visits that go there (an estimate), with the weight of ten scripts.
func (s *Site) DataShare() (share float64, scripts int) {
	const usual, weight = 0.003, 10
	all := s.Scripts(Trusted) + s.Scripts(Provisional)
	scripts = int(s.amongData.Load())
	return min(1, (float64(scripts)+usual*weight)/float64(all+weight)), scripts
}

// StrangeNetworks estimates how many client networks used a method that the
// script does not normally take.
func (p *Profile) StrangeNetworks() int {
	if networks := p.methods.networks.Load(); networks != nil {
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
