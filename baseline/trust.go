package baseline

import (
	"strings"
	"sync/atomic"
	"time"
)

// SetTrust sets the trust of a script as an operator, a manifest or a deploy
// window decides, and makes a profile for it if there is none. To trust a script
// is to approve of the methods it has taken so far. The reason is kept with the
// decision. It reports false if there was no room for a profile.
func (s *Site) SetTrust(key Key, t Trust, reason string, now time.Time, l Limits) bool {
	if !s.vouch(key, t, now, l) {
		return false
	}
	s.decide(Decision{Time: now, Script: key, Decided: t.String(), Reason: reason})
	return true
}

// vouch sets the trust of a script by more than the traffic of the learning time.
func (s *Site) vouch(key Key, t Trust, now time.Time, l Limits) bool {
	p := s.profile(key, visitor{at: now, operator: true}, l)
	if p == nil {
		return false
	}
	if t == Trusted {
		p.methods.approve()
		raise(&p.last, now.Unix())
		p.vouched.Store(true)
		if p.late.Swap(false) {
			s.quota.release(key)
		}
	}
	s.setTrust(p, t)
	if p.decided() && p.key.Root == "" {
		s.decided.Store(true)
	}
	return true
}

// decided reports whether an operator or a manifest decided about the script, which
// holds under any root if none was known then.
func (p *Profile) decided() bool { return p.Trust() == Denied || p.vouched.Load() }

// Forget removes what is known of a script, so that it is new again, and
// reports whether anything was.
func (s *Site) Forget(key Key, reason string, now time.Time) bool {
	p := s.Lookup(key)
	if p == nil {
		return false
	}
	if _, there := s.profiles.LoadAndDelete(p.key); !there {
		return false
	}
	s.remove(p)
	s.decide(Decision{Time: now, Script: key, Decided: "forgotten", Reason: reason})
	return true
}

// remove corrects the books for a profile that was deleted.
func (s *Site) remove(p *Profile) {
	s.counter(p, p.Trust()).Add(-1)
	if p.late.Load() {
		s.quota.release(p.key)
	}
	switch n := p.sampled.Load(); {
	case n == 1:
		s.coverage.singletons.Add(-1)
		fallthrough
	case n > 0:
		s.coverage.samples.Add(-n)
	}
}

func (s *Site) setTrust(p *Profile, t Trust) {
	if old := Trust(p.trust.Swap(uint32(t))); old != t {
		s.counter(p, old).Add(-1)
		s.counter(p, t).Add(1)
	}
}

// counter returns the count that a profile is in.
func (s *Site) counter(p *Profile, t Trust) *atomic.Int64 {
	if p.route {
		return &s.routes.known
	}
	return &s.trust[t]
}

// visitor is who makes a profile necessary.
type visitor struct {
	at       time.Time
	network  uint64
	operator bool // not a visitor at all: no quota applies
	route    bool // came for a route
	deployed bool // for what a deploy window brought
}

// held is what the baseline holds when room is asked for.
type held struct{ profiles, once, routes int }

func (s *Site) held() held {
	return held{profiles: s.profiles.Size(), once: int(s.coverage.singletons.Load()), routes: s.Routes()}
}

// profile returns the script's profile, making one if there is room.
func (s *Site) profile(key Key, by visitor, l Limits) *Profile {
	if p := s.Lookup(key); p != nil {
		return p
	}
	late := s.closed.Load() != 0 && !by.operator && !by.deployed && !s.Deployed(key, by.at)
	if kind, ok := s.quota.admit(key, by, late, s.held(), l); !ok {
		s.quota.overflows[kind].Add(1)
		return nil
	}
	fresh := &Profile{key: Key{Root: key.Root, Path: strings.Clone(key.Path)}, route: by.route}
	fresh.late.Store(late)
	fresh.first.Store(by.at.Unix())
	fresh.last.Store(by.at.Unix())
	p, existed := s.profiles.LoadOrStore(fresh.key, fresh)
	if !existed {
		s.counter(p, Provisional).Add(1)
		if !late && !by.route && !by.operator {
			s.births.add(p.key, by.at.Unix(), s.started.Load()/1e9)
		}
	}
	return p
}
