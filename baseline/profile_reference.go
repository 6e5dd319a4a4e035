package baseline

import (
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// referenceTime is for how long a script is learned that was deployed, or approved when
// it was new, from its next visit on: as long as a site by default.
const (
	referenceTime = 72 * time.Hour
	fromNextVisit = -1
)

// learnsReference reports whether what the script is sent becomes its reference: while
// the site learns, and later as long as the script is new.
func (p *Profile) learnsReference(now time.Time, learning bool) bool {
	if learning || p.Novel() {
		return true
	}
	p.learnsUntil.CompareAndSwap(fromNextVisit, now.Add(referenceTime).Unix())
	return now.Unix() < p.learnsUntil.Load()
}

// learnLater keeps the names that the reference does not have.
func (p *Profile) learnLater(v *Visit, h Hasher) {
	names := &p.features.names
	for _, hash := range v.Features.Params.All() {
		if names[paramName].Look(hash, v.Network) <= sketch.Single {
			p.learnStrange(paramName, hash, v)
		}
	}
	for hash := range v.Features.headers(h) {
		if names[headerName].Look(hash, v.Network) <= sketch.Single {
			p.learnStrange(headerName, hash, v)
		}
	}
	for hash := range v.Features.cookies(h) {
		if names[cookieName].Look(hash, v.Network) <= sketch.Single {
			p.learnStrange(cookieName, hash, v)
		}
	}
}

// learnStrange keeps a name, unless the reference has it.
func (p *Profile) learnStrange(kind nameKind, hash uint64, v *Visit) {
	if !p.knows(kind, hash, v.Network) {
		p.later.add(kind, hash, v.Network, v.Time.Unix())
	}
}

// knows reports whether the reference may have a name. One that a single network brought
// counts for that network only, unless hardly any other came.
func (p *Profile) knows(kind nameKind, hash, network uint64) bool {
	return p.has(&p.features.names[kind], hash, network)
}

func (p *Profile) has(set *sketch.SharedSet, hash, network uint64) bool {
	switch set.Look(hash, network) {
	case sketch.Absent:
		return false
	case sketch.Single:
		return !p.Frequented()
	}
	return true
}

// Frequented reports whether several client networks had visited it by the end of learning:
// what it is used to may be known from them.
func (p *Profile) Frequented() bool { return p.learnedFrom.Load() >= trustedNetworks }

// approveLater makes what came after learning part of the reference.
func (p *Profile) approveLater() {
	for _, name := range p.later.take() {
		p.features.names[name.kind].Share(name.hash)
	}
}
