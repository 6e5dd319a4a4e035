package baseline

import (
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// Sending is what a visit shows of a client that may tell a script what to do. The zero
// value is of one that only reads.
type Sending struct {
	// Some is true if the request brings something besides the script's name: a payload, a
	// query, or a long unreadable value in a header field or cookie.
	Some bool
	// Regular is true if the client's network read something else of the site before.
	Regular bool
	// Opaque is true if what it brings cannot be read, or is no form although it says so.
	Opaque bool
	// Bare is true if it was answered by a page without markup, as far as that is known:
	// answers are looked at until one was kept.
	Bare bool
	// Agent is the hash of the user agent.
	Agent uint64
}

// The kinds of what a script is sent.
const (
	ofReads = iota
	ofPayloads
)

// callers are the client networks that sent a script something while its site was
// learned, by the kind of it: reads that bring something, and payloads.
type callers struct {
	kinds [2]callersOfKind
	// standing is how far the script stood out when learning ended; nil if it did not.
	standing atomic.Pointer[Standout]
}

// callersOfKind are those of one kind. Each network counts once, whatever it sends.
type callersOfKind struct {
	list     sketch.Distinct // all of them
	paged    sketch.Distinct // that came from a page once, or of which that is unknown
	regulars sketch.Distinct // that read something else of the site before
	opaque   sketch.Distinct // that sent what nobody can read
	agents   sketch.Distinct // user agents
	bare     atomic.Bool     // they were answered by a page without markup
}

// makeCallers returns the callers of a profile, and makes them if there are none.
func (p *Profile) makeCallers() *callers {
	if p.callers.Load() == nil {
		p.callers.CompareAndSwap(nil, new(callers))
	}
	return p.callers.Load()
}

// learnCaller counts the client of a visit that sent something.
func (p *Profile) learnCaller(v *Visit) {
	kind := ofReads
	if v.Payload {
		kind = ofPayloads
	}
	c := &p.makeCallers().kinds[kind]
	c.list.Add(v.Network)
	if v.Referer != NoReferer {
		c.paged.Add(v.Network)
	}
	if v.Sending.Regular {
		c.regulars.Add(v.Network)
	}
	if v.Sending.Opaque {
		c.opaque.Add(v.Network)
	}
	if v.Sending.Agent != 0 {
		c.agents.Add(v.Sending.Agent)
	}
	if v.Sending.Bare {
		c.bare.Store(true)
	}
}

// traits are those that the callers show.
func (c *callersOfKind) traits(kind int, p *Profile) (s Traits) {
	n := c.list.Count()
	if n == 0 {
		return 0
	}
	set := func(t Trait, shows bool) {
		if shows {
			s |= 1 << t
		}
	}
	unlinked := p.features.referrers.Count() == 0 && c.paged.Count() < n // else nobody knows
	nowhere := c.paged.Count()*fewNetworks <= n
	if kind == ofReads && (!unlinked || !nowhere) {
		unlinked, nowhere = false, false // either alone is what pages are to crawlers
	}
	reads := p.counts.total(MethodGet) + p.counts.total(MethodHead)
	all, _ := p.MethodCounts()
	agents := c.agents.Count()
	set(TraitFromNowhere, nowhere)
	set(TraitUnlinked, unlinked)
	set(TraitStrangers, c.regulars.Count()*fewNetworks <= n)
	set(TraitRegulars, c.regulars.Count()*2 > n)
	set(TraitAgents, agents >= rotatedAgents && agents >= rotatedShare*n)
	set(TraitOneNetwork, p.Networks() == 1)
	set(TraitOnlySent, all > 0 && reads*fewNetworks <= all)
	set(TraitOpaque, c.opaque.Count()*2 >= n)
	set(TraitBareAnswer, c.bare.Load())
	return s
}

const (
	// fewNetworks is how many networks there are to each that does not matter: a form that
	// everybody finds by a link is now and then sent by a program.
	fewNetworks = 10
	// rotatedAgents is from how many user agents they change, if there are rotatedShare
	// times as many as networks: of an office there are more than of a home.
	rotatedAgents = 4
	rotatedShare  = 3
)

// callersRecord are callers of one kind as they are stored.
type callersRecord struct {
	_                                     struct{} `cbor:",toarray"`
	List, Paged, Regulars, Opaque, Agents sketch.DistinctRecord
	Bare                                  bool
}

func (p *Profile) recordCallers() (list []callersRecord, standing *standoutRecord) {
	c := p.callers.Load()
	if c == nil {
		return nil, nil
	}
	for i := range c.kinds {
		k := &c.kinds[i]
		list = append(list, callersRecord{
			List: k.list.Record(nil), Paged: k.paged.Record(nil), Regulars: k.regulars.Record(nil),
			Opaque: k.opaque.Record(nil), Agents: k.agents.Record(nil), Bare: k.bare.Load(),
		})
	}
	return list, c.standing.Load().record()
}

func (p *Profile) restoreCallers(list []callersRecord, standing *standoutRecord) {
	if len(list) != 2 {
		return
	}
	c := p.makeCallers()
	for i, rec := range list {
		k := &c.kinds[i]
		k.list.Restore(rec.List)
		k.paged.Restore(rec.Paged)
		k.regulars.Restore(rec.Regulars)
		k.opaque.Restore(rec.Opaque)
		k.agents.Restore(rec.Agents)
		k.bare.Store(rec.Bare)
	}
	c.standing.Store(standing.standout())
}
