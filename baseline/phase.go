package baseline

import (
	"fmt"
	"time"
)

// Phase is where a site is in its life.
type Phase uint8

// A site learns first; when it has learned enough it enforces.
const (
	Learning Phase = iota
	Enforcing
)

// String returns "learning" or "enforcing".
func (p Phase) String() string {
	if p == Enforcing {
		return "enforcing"
	}
	return "learning"
}

// trustedNetworks is from how many client networks a script must have been
// visited during learning to be trusted when it ends, or from all of the
// site's, if it had fewer.
const trustedNetworks = 3

// Phase returns the phase at the time given. Learning ends at the first call,
// by any method that is told the time, after its conditions hold: the minimum
// time has passed and coverage is on target. The recorded end is the moment
// they came to hold, not the moment of the call.
func (s *Site) Phase(now time.Time, l Limits) Phase {
	if s.closed.Load() != 0 {
		return Enforcing
	}
	if now.UnixNano()-s.started.Load() < int64(l.LearnMin) || s.coverage.value() < l.Coverage {
		return Learning
	}
	coverage, samples := s.Coverage()
	s.close(max(s.started.Load()+int64(l.LearnMin), s.coverage.changed.Load()),
		fmt.Sprintf("learned for %s, coverage %.3f of %d samples, target %v", l.LearnMin, coverage, samples, l.Coverage))
	return Enforcing
}

// Enforce ends learning now, whatever it lacks, and reports whether it had not
// ended.
func (s *Site) Enforce(reason string, now time.Time) bool {
	return s.close(now.UnixNano(), reason)
}

// Relearn begins to learn anew. Everything learned is forgotten; what an
// operator or a manifest decided stays.
func (s *Site) Relearn(reason string, now time.Time) {
	s.closing.Lock()
	defer s.closing.Unlock()
	s.started.Store(now.UnixNano())
	s.closed.Store(0)
	for key, p := range s.profiles.AllRelaxed() {
		if p.Trust() == Denied || p.vouched.Load() {
			continue
		}
		if _, there := s.profiles.LoadAndDelete(key); there {
			s.remove(p)
		}
	}
	s.quota.restart()
	s.decide(Decision{Time: now, Decided: Learning.String(), Reason: reason})
}

// close ends learning and settles trust, once.
func (s *Site) close(at int64, reason string) bool {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.closed.Load() != 0 {
		return false
	}
	enough := min(trustedNetworks, s.networks.count())
	for _, p := range s.profiles.AllRelaxed() {
		if p.Trust() == Provisional && p.networks.count() >= enough {
			s.setTrust(p, Trusted)
		}
	}
	s.quota.restart()
	s.closed.Store(at)
	s.decide(Decision{Time: time.Unix(0, at), Decided: Enforcing.String(), Reason: fmt.Sprintf("%s: %d scripts trusted, %d provisional",
		reason, s.Scripts(Trusted), s.Scripts(Provisional))})
	return true
}

// Started returns when learning began.
func (s *Site) Started() time.Time { return time.Unix(0, s.started.Load()).UTC() }

// Closed returns when learning ended, or the zero time while it lasts.
func (s *Site) Closed() time.Time {
	if at := s.closed.Load(); at != 0 {
		return time.Unix(0, at).UTC()
	}
	return time.Time{}
}
