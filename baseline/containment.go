package baseline

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Containment is a time in which only trusted scripts are served and nothing is
// learned.
type Containment struct {
	Since time.Time `json:"since"`
	// Until is when it ends by itself; zero if it does not.
	Until time.Time `json:"until,omitzero"`
	// Rehearse is true if nothing is refused, and what would be is only listed.
	Rehearse bool `json:"rehearse,omitempty"`
}

type containment struct {
	now      atomic.Pointer[Containment] // nil if there is none; perhaps over
	refusals refusals
}

// Contain begins a containment that lasts for the time given, or until Release
// if that is 0. It replaces one that is on; what that refused stays listed, unless
// the new one is the first that refuses.
func (s *Site) Contain(length time.Duration, rehearse bool, reason string, now time.Time) Containment {
	c := Containment{Since: now.UTC(), Rehearse: rehearse}
	if length > 0 {
		c.Until = c.Since.Add(length)
	}
	before, on := s.Contained(now)
	if !on || before.Rehearse != rehearse {
		s.containment.refusals.reset()
	} else {
		c.Since = before.Since
	}
	s.containment.now.Store(&c)
	s.decide(Decision{Time: now, Decided: c.String(), Reason: reason})
	return c
}

// Release ends the containment, and reports whether there was one. What it
// refused stays listed until the next.
func (s *Site) Release(reason string, now time.Time) bool {
	if _, on := s.Contained(now); !on {
		return false
	}
	s.containment.now.Store(nil)
	s.decide(Decision{Time: now, Decided: "released", Reason: reason})
	return true
}

// Contained returns the containment that is on at the time given. It takes no
// lock and does not allocate.
func (s *Site) Contained(now time.Time) (c Containment, on bool) {
	p := s.containment.now.Load()
	if p == nil || !p.Until.IsZero() && !now.Before(p.Until) {
		return Containment{}, false
	}
	return *p, true
}

// frozen reports whether nothing may be learned.
func (s *Site) frozen(now time.Time) bool {
	c, on := s.Contained(now)
	return on && !c.Rehearse
}

// Lapse ends a containment whose time is over, once, and returns it.
func (s *Site) Lapse(now time.Time) (c Containment, lapsed bool) {
	p := s.containment.now.Load()
	if p == nil || p.Until.IsZero() || now.Before(p.Until) || !s.containment.now.CompareAndSwap(p, nil) {
		return Containment{}, false
	}
	s.decide(Decision{Time: p.Until, Decided: "released", Reason: "its time was over"})
	return *p, true
}

// String says what the containment is, for the list of decisions.
func (c Containment) String() string {
	what := "contained"
	if c.Rehearse {
		what = "contained in rehearsal"
	}
	if c.Until.IsZero() {
		return what
	}
	return fmt.Sprintf("%s until %s", what, c.Until.Format(time.RFC3339))
}

// Inherit takes over from the baseline that this one replaces what must outlast
// it: the containment, and what an operator denied; with approvals, also what he
// approved.
func (s *Site) Inherit(old *Site, approvals bool, now time.Time, l Limits) {
	s.containment.now.Store(old.containment.now.Load())
	s.containment.refusals.restore(old.containment.refusals.list())
	for key, p := range old.profiles.AllRelaxed() {
		switch {
		case p.Trust() == Denied:
			s.vouch(key, Denied, now, l)
		case approvals && p.vouched.Load() && p.Trust() == Trusted && !p.route:
			s.vouch(key, Trusted, now, l)
		}
	}
	s.dirty.Store(true)
}
