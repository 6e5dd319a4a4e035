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

// trustedNetworksAmongData is the same for scripts where data is kept: ten times
// as many, because a shell in use there must not vouch for itself.
const trustedNetworksAmongData = 10 * trustedNetworks

// clockSlack is by how much the clock may be behind the time at which learning
// began until that is taken for wrong. Daylight saving does not change UTC; what
// steps a clock back by hours is its being set right.
const clockSlack = time.Hour

// Phase returns the phase at the time given. Learning ends at the first call,
// by any method that is told the time, after its conditions hold: the minimum
// time has passed and coverage is on target. The recorded end is the moment
// they came to hold, not the moment of the call.
func (s *Site) Phase(now time.Time, l Limits) Phase {
	if s.closed.Load() != 0 {
		return Enforcing
	}
	if started := s.started.Load(); now.UnixNano() < started-int64(clockSlack) && s.started.CompareAndSwap(started, now.UnixNano()) {
		s.decide(Decision{Time: now, Decided: Learning.String(), Reason: "the clock was ahead when learning began"})
	}
	if s.frozen(now) {
		return Learning // its end would trust scripts
	}
	if now.UnixNano()-s.started.Load() < int64(l.LearnMin) || s.coverage.value() < l.Coverage {
		return Learning
	}
	coverage, samples := s.Coverage()
	reason := fmt.Sprintf("learned for %s, coverage %.3f of %d samples, target %v", l.LearnMin, coverage, samples, l.Coverage)
	if share, n := s.Drift(); share > 1-l.Coverage && l.Coverage > 0 {
		reason += fmt.Sprintf("; but %.0f %% of %d samples of the last whole day were of scripts new that day: coverage will not hold", 100*share, n)
	}
	s.close(max(s.started.Load()+int64(l.LearnMin), s.coverage.changed.Load()), reason)
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
	enough := min(trustedNetworks, s.networks.Count())
	s.dropDoubtful(enough)
	for _, p := range s.profiles.AllRelaxed() {
		need := enough
		if DataDirectory(p.key.Path) != "" {
			need = max(enough, trustedNetworksAmongData)
		}
		if p.Trust() == Provisional && p.networks.Count() >= need {
			s.setTrust(p, Trusted)
		}
	}
	s.quota.restart()
	s.countUses()
	s.closed.Store(at)
	s.decide(Decision{Time: time.Unix(0, at), Decided: Enforcing.String(), Reason: fmt.Sprintf("%s: %d scripts trusted, %d provisional",
		reason, s.Scripts(Trusted), s.Scripts(Provisional))})
	return true
}

// dropDoubtful forgets scripts that few visited and that may not have been there:
// they never answered with success, or answered like the front controller. To
// ask for a shell's name before it is there must not make it known.
// Where the root is known, files have told.
func (s *Site) dropDoubtful(enough int) {
	for key, p := range s.profiles.AllRelaxed() {
		if key.Root != "" || p.route || p.vouched.Load() || p.Trust() != Provisional || p.Networks() >= enough {
			continue
		}
		answer, kept := p.Answer(MethodGet)
		if visits, _ := p.MethodCounts(); visits == 0 {
			continue // what was held against somebody stays on the list
		}
		if p.counts.succeeded() && (!kept || !s.absent.frontLike(answer)) {
			continue
		}
		if _, there := s.profiles.LoadAndDelete(key); there {
			s.remove(p)
		}
	}
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
