package baseline

import "time"

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
	s.close(max(s.started.Load()+int64(l.LearnMin), s.coverage.changed.Load()))
	return Enforcing
}

// close ends learning and settles trust, once.
func (s *Site) close(at int64) {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.closed.Load() != 0 {
		return
	}
	enough := min(trustedNetworks, s.networks.count())
	for _, p := range s.profiles.AllRelaxed() {
		if p.Trust() == Provisional && p.networks.count() >= enough {
			s.setTrust(p, Trusted)
		}
	}
	s.closed.Store(at)
	s.dirty.Store(true)
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
