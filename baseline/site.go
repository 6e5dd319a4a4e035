package baseline

import (
	"crypto/rand"
	"encoding/binary"
	"hash/maphash"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/puzpuzpuz/xsync/v4"
)

// Site is the baseline of one site: its parts, each of which knows only those before
// it. All methods, of the parts too, may be called concurrently.
type Site struct {
	// Hash identifies what is kept of requests.
	Hash Hasher
	// Coverage is how much of the site was seen.
	Coverage Coverage
	// Scripts are the profiles.
	Scripts Scripts
	// Routes, Directories, NotFound and Mappings are what is known of paths that
	// name no script, of answers to missing names, and of the server's roots.
	Routes      Routes
	Directories Directories
	NotFound    NotFoundPages
	// Candidates are names that may be scripts, while the site learns.
	Candidates Candidates
	Mappings   PathMappings
	// RefererHosts tell the site's own host where logs do not.
	RefererHosts RefererHosts
	// Rates are the habits of the site's traffic, for reading and counting.
	Rates Rates
	// Evidence is what was held against requests, and Activity how many there were.
	Evidence Evidence
	Activity Activity
	// Proven are the clients that a verdict within the last hour was about, and Sessions
	// what cookies identify a client by.
	Proven   ProvenClients
	Sessions SessionValues
	// Containment serves only trusted scripts while it lasts.
	Containment Containments
	// Phases begin and end learning.
	Phases Phases
	// Denials are what operators denied.
	Denials Denials
	// Decisions are an operator's.
	Decisions Decisions
	// Changes are scripts that came together and wait for a decision.
	Changes Changes

	name     string
	period   learningPeriod
	log      decisionLog
	dirty    dirtyMark
	saved    atomic.Int64           // Unix nanoseconds of the generation last stored; 0 if none is
	suffixes atomic.Pointer[string] // of scripts, as it was last used
	swept    bool                   // nothing that failed has left parts behind; only Save touches it
	lineage  lineage                // which generations it may replace
}

// NewSite returns an empty baseline that begins to learn at the time given.
func NewSite(name string, now time.Time) *Site {
	var secret [16]byte
	rand.Read(secret[:]) // never fails (Go 1.24)
	return NewSeededSite(name, now, [2]uint64{binary.LittleEndian.Uint64(secret[:]), binary.LittleEndian.Uint64(secret[8:])})
}

// NewSeededSite is NewSite with a given secret, for outcomes that repeat. Whoever
// knows the secret can make what is counted in sketches collide.
func NewSeededSite(name string, now time.Time, secret [2]uint64) *Site {
	s := &Site{name: name, Hash: Hasher{secret}, lineage: newLineage()}
	s.period.started.Store(now.UnixNano())
	s.log.dirty = &s.dirty
	s.Coverage = Coverage{hash: s.Hash, period: &s.period}
	s.Evidence.hash, s.Evidence.dirty = s.Hash, &s.dirty
	s.Proven = ProvenClients{hash: s.Hash, dirty: &s.dirty, seed: maphash.MakeSeed(), index: xsync.NewMap[provenID, *provenClient]()}
	s.Scripts = Scripts{coverage: &s.Coverage, evidence: &s.Evidence, profiles: xsync.NewMap[Key, *Profile](), visits: xsync.NewCounter()}
	s.Routes = Routes{hash: s.Hash, scripts: &s.Scripts, nodes: xsync.NewMap[uint64, *routeNode]()}
	s.Directories = Directories{hash: s.Hash, routes: &s.Routes, known: xsync.NewMap[uint64, *Directory](), programs: xsync.NewMap[uint64, struct{}]()}
	s.NotFound = NotFoundPages{hash: s.Hash, dirty: &s.dirty}
	s.Mappings = PathMappings{dirty: &s.dirty}
	s.RefererHosts.period, s.RefererHosts.dirty = &s.period, &s.dirty
	s.Containment = Containments{log: &s.log, dirty: &s.dirty}
	s.Candidates = Candidates{
		hash: s.Hash, scripts: &s.Scripts, notFound: &s.NotFound, period: &s.period, dirty: &s.dirty,
	}
	s.Phases = Phases{
		period: &s.period, coverage: &s.Coverage, scripts: &s.Scripts, directories: &s.Directories, notFound: &s.NotFound, candidates: &s.Candidates, containment: &s.Containment, log: &s.log,
	}
	s.Denials = Denials{scripts: &s.Scripts}
	s.Changes = Changes{scripts: &s.Scripts, dirty: &s.dirty}
	s.Decisions = Decisions{hash: s.Hash, period: &s.period, scripts: &s.Scripts, evidence: &s.Evidence, proven: &s.Proven, denials: &s.Denials, log: &s.log}
	return s
}

// Name returns the site's name.
func (s *Site) Name() string { return s.name }

// Roots lists the document roots under which scripts are known or mapped to, in
// order; "" is where none was.
func (s *Site) Roots() []string {
	roots := make(map[string]struct{})
	for p := range s.Scripts.All() {
		roots[p.key.Root] = struct{}{}
	}
	for _, m := range s.Mappings.all() {
		roots[m.root] = struct{}{}
	}
	return slices.Sorted(maps.Keys(roots))
}

// Learn adds a visit to the script's profile, which it makes if need be, and
// returns the profile, or nil if there was no room for one. The caller has
// decided that the visit may be learned from.
func (s *Site) Learn(key Key, v Visit, l Limits) *Profile {
	p := s.profile(key, &v, l)
	if p == nil {
		return nil
	}
	s.Scripts.operations.allow(l)
	p.learn(&v, s.Hash, s.period.lasts())
	s.Scripts.learn(&v)
	s.Coverage.learn(p, &v)
	s.dirty.set()
	return p
}

// LearnRoute adds a visit to the profile of a route, which it makes if need be, and
// reports whether there is one. Routes say nothing about coverage: scripts do.
func (s *Site) LearnRoute(key Key, v Visit, l Limits) bool {
	p := s.route(key, &v, l)
	if p == nil {
		return false
	}
	s.Scripts.operations.allow(l)
	p.learn(&v, s.Hash, s.period.lasts())
	p.ranBy(v.RanBy)
	s.dirty.set()
	return true
}

// NoteRoute is Note of a route.
func (s *Site) NoteRoute(key Key, v Visit, l Limits) {
	if p := s.route(key, &v, l); p != nil {
		p.note(&v, s.Hash, s.period.lasts())
		p.ranBy(v.RanBy)
		s.dirty.set()
	}
}

// route returns the profile of a route, making one if there is room.
func (s *Site) route(key Key, v *Visit, l Limits) *Profile {
	if p := s.Scripts.Lookup(key); p != nil {
		return p
	}
	return s.Scripts.add(key, admission{at: v.Time, network: v.Network, route: true, late: !s.period.lasts()}, l)
}

// Note keeps that a visit was made which is not to be learned from: it makes a
// profile for a script that exists, so that it can be listed, and remembers a
// method that the script does not normally take.
func (s *Site) Note(key Key, v Visit, l Limits) {
	v.Deployed = false // it is not learned from
	if p := s.profile(key, &v, l); p != nil {
		p.note(&v, s.Hash, s.period.lasts())
		s.dirty.set()
	}
}

// profile returns the profile of a visited script, making one if there is room.
func (s *Site) profile(key Key, v *Visit, l Limits) *Profile {
	if p := s.Scripts.Lookup(key); p != nil {
		return p
	}
	if s.period.lasts() && key.Root == "" {
		if p := s.Candidates.take(key, v, l); p != nil {
			return p
		}
	}
	deployed := v.Deployed || s.Decisions.Deployed(key, v.Time)
	late := !s.period.lasts() && !deployed
	return s.Scripts.add(key, admission{at: v.Time, network: v.Network, late: late, deployed: deployed}, l)
}

// Inherit takes over from the baseline that this one replaces what must outlast
// it: the containment, what an operator denied, the log of decisions, evidence, proven
// clients and activity; with approvals, also what the operator approved. There is room for all of
// it, whatever max_scripts: a decision is not lost because another baseline is full.
func (s *Site) Inherit(old *Site, approvals bool, now time.Time) {
	s.Containment.restore(old.Containment.record())
	s.log.inherit(old.log.list())
	s.Evidence.inherit(&old.Evidence)
	s.Activity.restore(old.Activity.record())
	for p := range old.Scripts.All() {
		switch {
		case p.Trust() == Denied:
			s.Decisions.inherit(p, Denied, now)
		case approvals && p.approved.Load() && p.Trust() == Trusted:
			s.Decisions.inherit(p, Trusted, now)
		}
		s.Decisions.inheritOperations(p, approvals, now)
	}
	s.Proven.inherit(&old.Proven) // last: approvals lift what was proven before them
	s.Denials.add(old.Denials.Rules())
	s.dirty.set()
}

// UseSuffixes notes which suffixes scripts have from now on, and returns those they
// had before, or "" if that is not known. What was learned under others means
// something else: a script of a new suffix was a file.
func (s *Site) UseSuffixes(suffixes string) (before string) {
	old := s.suffixes.Swap(&suffixes)
	if old == nil || *old != suffixes {
		s.dirty.set()
	}
	if old == nil {
		return ""
	}
	return *old
}

// Dirty reports whether something was learned or decided since the last Save.
func (s *Site) Dirty() bool { return s.dirty.Load() }

// Saved returns the time of the generation that was stored last, or the zero time.
func (s *Site) Saved() time.Time {
	if at := s.saved.Load(); at != 0 {
		return time.Unix(0, at).UTC()
	}
	return time.Time{}
}
