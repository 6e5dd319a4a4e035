package baseline

import (
	"fmt"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// profileRecord is a profile as it is stored: one item of a CBOR sequence
// (RFC 8742). Its fields have numbers, so that a later version may add some.
type profileRecord struct {
	Root                string                `cbor:"1,keyasint,omitempty"`
	Path                string                `cbor:"2,keyasint"`
	Trust               Trust                 `cbor:"3,keyasint,omitempty"`
	Late                bool                  `cbor:"4,keyasint,omitempty"`
	First               int64                 `cbor:"5,keyasint"`
	Last                int64                 `cbor:"6,keyasint"`
	Counts              []uint32              `cbor:"7,keyasint"`
	Sampled             int64                 `cbor:"8,keyasint"`
	Networks            sketch.DistinctRecord `cbor:"9,keyasint"`
	Samples             sketch.DistinctRecord `cbor:"10,keyasint"`
	Methods             methodsRecord         `cbor:"11,keyasint"`
	SeenWithoutPathInfo bool                  `cbor:"12,keyasint,omitempty"`
	Approved            bool                  `cbor:"13,keyasint,omitempty"`
	Route               bool                  `cbor:"15,keyasint,omitempty"`
	Deployed            bool                  `cbor:"19,keyasint,omitempty"`
	DecidedAt           int64                 `cbor:"16,keyasint,omitempty"`

	Payloads     *payloadsRecord `cbor:"30,keyasint,omitempty"`
	PayloadsKept bool            `cbor:"31,keyasint,omitempty"`
	Callers      []callersRecord `cbor:"32,keyasint,omitempty"`
	Standout     *standoutRecord `cbor:"33,keyasint,omitempty"`

	// 14, 17 and 18 were what is here now, of the first version of the format.
	Features    *featuresRecord  `cbor:"40,keyasint"`
	Uses        []useRecord      `cbor:"41,keyasint,omitempty"`
	Origins     *originsRecord   `cbor:"42,keyasint,omitempty"`
	LearnedFrom uint32           `cbor:"43,keyasint,omitempty"`
	LearnsUntil int64            `cbor:"44,keyasint,omitempty"`
	Later       []laterRecord    `cbor:"45,keyasint,omitempty"`
	Script      string           `cbor:"46,keyasint,omitempty"` // of a route
	Selectors   []selectorRecord `cbor:"47,keyasint,omitempty"`
}

// record writes the profile to rec, in whose slices there may be room.
func (p *Profile) record(rec *profileRecord) {
	features := rec.Features
	if features == nil {
		features = new(featuresRecord)
	}
	*features = p.features.record(features)
	*rec = profileRecord{
		Root: p.key.Root, Path: p.key.Path, Route: p.route, Deployed: p.deployed, Trust: p.Trust(), Late: p.late.Load(), Approved: p.approved.Load(), DecidedAt: p.decidedAt.Load(),
		First: p.first.Load(), Last: p.last.Load(), Sampled: p.sampled.Load(), SeenWithoutPathInfo: p.SeenWithoutPathInfo(),
		Networks: p.networks.Record(rec.Networks), Samples: p.samples.Record(rec.Samples),
		Counts: p.counts.record(rec.Counts), Methods: p.methods.record(), Features: features,
		Origins: p.origins.record(), Uses: p.uses.record(rec.Uses),
		LearnedFrom: p.learnedFrom.Load(), LearnsUntil: p.learnsUntil.Load(), Later: p.later.record(), Script: p.FrontController(),
		Payloads: p.payloads.record(), PayloadsKept: p.payloadsKept, Selectors: p.selectors.record(),
	}
	rec.Callers, rec.Standout = p.recordCallers()
}

// profile makes the profile that was stored. One of the format's first version has no
// reference, and learns one anew.
func (rec *profileRecord) profile() (*Profile, error) {
	if !strings.HasPrefix(rec.Path, "/") || len(rec.Path) > scriptpath.MaxPathLen || rec.Trust >= trustCount || rec.Sampled < 0 {
		return nil, fmt.Errorf("the profile of %q makes no sense", rec.Path)
	}
	p := &Profile{key: Key{Root: rec.Root, Path: rec.Path}, route: rec.Route, deployed: rec.Deployed, payloadsKept: rec.PayloadsKept}
	p.trust.Store(uint32(rec.Trust))
	p.late.Store(rec.Late)
	p.approved.Store(rec.Approved)
	p.decidedAt.Store(rec.DecidedAt)
	p.first.Store(rec.First)
	p.last.Store(rec.Last)
	p.sampled.Store(rec.Sampled)
	p.seenWithoutPathInfo.Store(rec.SeenWithoutPathInfo)
	p.networks.Restore(rec.Networks)
	p.samples.Restore(rec.Samples)
	p.counts.restore(rec.Counts)
	p.methods.restore(rec.Methods)
	p.ranBy(rec.Script)
	p.learnedFrom.Store(rec.LearnedFrom)
	p.learnsUntil.Store(rec.LearnsUntil)
	if rec.Features == nil {
		p.learnsUntil.Store(fromNextVisit)
		return p, nil
	}
	p.features.restore(*rec.Features)
	p.origins.restore(rec.Origins)
	p.uses.restore(rec.Uses)
	p.later.restore(rec.Later)
	p.payloads.restore(rec.Payloads)
	p.restoreCallers(rec.Callers, rec.Standout)
	return p, p.restoreSelectors(rec.Selectors)
}
