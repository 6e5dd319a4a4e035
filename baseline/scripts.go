package baseline

import (
	"iter"
	"strings"
	"sync/atomic"
	"time"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// Scripts are the profiles of a site's scripts, and of its routes, in a bounded map.
// Reading takes no lock.
type Scripts struct {
	coverage *Coverage
	evidence *Evidence

	profiles  *xsync.Map[Key, *Profile]
	byTrust   [trustCount]atomic.Int64 // scripts
	routes    atomic.Int64
	named     atomic.Bool // a route has a name, and was learned
	quota     quota
	visits    *xsync.Counter
	networks  sketch.Distinct // distinct client networks of the site
	spellings spellings

	payloadScripts atomic.Int64 // that took payloads when learning ended
	dataScripts    atomic.Int64 // among data, that were only read, the same
	decided        atomic.Bool  // an operator decided about scripts before any root was known
	reserved       atomic.Int64 // profiles that are candidates yet, for which there must be room
	altered        alteredScripts
	operations     operationBudget
	rootless       atomic.Bool // profiles without a document root stand for any: logs taught them
}

// Lookup returns the profile of a script, or nil. It takes no lock and does
// not allocate.
func (s *Scripts) Lookup(key Key) *Profile {
	p, ok := s.profiles.Load(key)
	if ok || key.Root == "" {
		return p
	}
	if s.rootless.Load() {
		p, _ = s.profiles.Load(Key{Path: key.Path})
	} else if s.decided.Load() {
		if q, _ := s.profiles.Load(Key{Path: key.Path}); q != nil && q.decided() {
			return q
		}
	}
	return p
}

// All lists the scripts and routes that are known, in no order.
func (s *Scripts) All() iter.Seq[*Profile] {
	return func(yield func(*Profile) bool) {
		for _, p := range s.profiles.AllRelaxed() {
			if !yield(p) {
				return
			}
		}
	}
}

// Count returns how many scripts have the trust given.
func (s *Scripts) Count(t Trust) int { return int(s.byTrust[min(t, trustCount-1)].Load()) }

// size returns how many profiles there are, of routes too.
func (s *Scripts) size() int { return s.profiles.Size() }

// Visits returns how many visits were learned.
func (s *Scripts) Visits() int64 { return s.visits.Value() }

// Networks estimates how many client networks visited the site's scripts.
func (s *Scripts) Networks() int { return s.networks.Count() }

// Overflows returns how many times a script got no profile for the reason.
func (s *Scripts) Overflows(o Overflow) uint64 {
	if o == OverflowOperations {
		return s.operations.refused.Load()
	}
	return s.quota.overflows[min(o, OverflowCount-1)].Load()
}

// routeCount returns how many routes have a profile.
func (s *Scripts) routeCount() int { return int(s.routes.Load()) }

// learn counts a visit to a script.
func (s *Scripts) learn(v *Visit) {
	s.visits.Inc()
	s.networks.Add(v.Network)
}

// add makes a profile of a script that has none, if there is room.
func (s *Scripts) add(key Key, a admission, l Limits) *Profile {
	has := held{profiles: s.size(), once: s.coverage.seenOnce(), routes: s.routeCount()}
	if !a.operator {
		has.profiles += int(s.reserved.Load())
	}
	if kind, ok := s.quota.admit(key, a, has, l); !ok {
		s.quota.overflows[kind].Add(1)
		return nil
	}
	fresh := newProfile(key, a.at)
	fresh.route, fresh.deployed, fresh.budget = a.route, a.deployed, &s.operations
	if a.deployed {
		fresh.learnsUntil.Store(fromNextVisit)
	}
	fresh.late.Store(a.late)
	p, existed := s.profiles.LoadOrStore(fresh.key, fresh)
	if existed {
		return p
	}
	s.spellings.add(p)
	s.counter(p, Provisional).Add(1)
	s.noteRoute(p)
	if !a.late && !a.route && !a.operator {
		s.coverage.created(p.key, a.at)
	}
	return p
}

// adopt makes a candidate's profile one of the site's, and returns it, if there is room.
func (s *Scripts) adopt(p *Profile, a admission, l Limits) *Profile {
	has := held{profiles: s.size(), once: s.coverage.seenOnce(), routes: s.routeCount()} // its room is reserved
	if kind, ok := s.quota.admit(p.key, a, has, l); !ok {
		s.quota.overflows[kind].Add(1)
		return nil
	}
	s.insert(p)
	return s.Lookup(p.key)
}

// insert adds a profile with all that it learned, unless there is one of the script.
func (s *Scripts) insert(p *Profile) {
	p.budget = &s.operations
	if _, existed := s.profiles.LoadOrStore(p.key, p); existed {
		return
	}
	s.spellings.add(p)
	s.counter(p, p.Trust()).Add(1)
	s.coverage.admit(p)
	s.networks.Merge(&p.networks)
	visits, _ := p.MethodCounts()
	s.visits.Add(int64(visits))
}

// remove deletes a profile, and reports whether it was still there.
func (s *Scripts) remove(p *Profile) bool {
	if _, there := s.profiles.LoadAndDelete(p.key); !there {
		return false
	}
	s.spellings.remove(p)
	s.operations.release(p.selectors.held())
	s.counter(p, p.Trust()).Add(-1)
	if p.late.Load() && !p.route {
		s.quota.release(p.key)
	}
	s.coverage.forget(p)
	return true
}

// setTrust sets the trust of a script.
func (s *Scripts) setTrust(p *Profile, t Trust) {
	if old := Trust(p.trust.Swap(uint32(t))); old != t {
		s.counter(p, old).Add(-1)
		s.counter(p, t).Add(1)
	}
	s.noteDecision(p)
}

// approve trusts a script by more than the traffic of the learning time, and makes
// habits of the methods it has taken so far.
func (s *Scripts) approve(p *Profile, now time.Time) {
	if p.Novel() || !p.methods.used() {
		p.learnsUntil.Store(fromNextVisit)
	}
	p.methods.approve()
	p.approveLater()
	p.payloads.approve()
	p.approveOperations()
	raiseTo(&p.last, now.Unix())
	p.approved.Store(true)
	if p.late.Swap(false) && !p.route {
		s.quota.release(p.key)
	}
	s.setTrust(p, Trusted)
}

// setLate makes a profile one that appeared after learning had ended.
func (s *Scripts) setLate(p *Profile) {
	if !p.late.Swap(true) {
		s.quota.countLate(p.key)
	}
}

// noteDecision finds out whether a decision holds under any root.
func (s *Scripts) noteDecision(p *Profile) {
	if p.key.Root == "" && p.decided() {
		s.decided.Store(true)
	}
}

// noteRoute finds out whether the site has routes.
func (s *Scripts) noteRoute(p *Profile) {
	if p.route && !p.late.Load() && !strings.HasSuffix(p.key.Path, "/") && !s.named.Load() {
		s.named.Store(true)
	}
}

// counter returns the count that a profile of the trust is in.
func (s *Scripts) counter(p *Profile, t Trust) *atomic.Int64 {
	if p.route {
		return &s.routes
	}
	return &s.byTrust[t]
}

// restartQuota begins a new phase: quotas are of what comes from now on.
func (s *Scripts) restartQuota() { s.quota.restart() }

// noteRootless finds out whether no profile has a document root: logs know none. Then
// each stands for the script of its path under any root.
func (s *Scripts) noteRootless() {
	for p := range s.All() {
		if p.key.Root != "" {
			return
		}
	}
	s.rootless.Store(s.size() > 0)
}
