package baseline

import (
	"fmt"
	"sync"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
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

// clockSlack is by how much the clock may be behind the time at which learning
// began until that is taken for wrong. Daylight saving does not change UTC; what
// steps a clock back by hours is its being set right.
const clockSlack = time.Hour

// Phases begin and end the site's learning.
type Phases struct {
	period      *learningPeriod
	coverage    *Coverage
	scripts     *Scripts
	directories *Directories
	notFound    *NotFoundPages
	candidates  *Candidates
	containment *Containments
	log         *decisionLog
	change      sync.Mutex // held by whoever ends learning, or begins it anew
}

// Phase returns the phase. It changes nothing: see [Phases.Advance].
func (p *Phases) Phase() Phase {
	if p.period.lasts() {
		return Learning
	}
	return Enforcing
}

// Advance ends learning if its conditions hold at the time given, and returns the
// phase: the minimum time has passed, coverage is on target or scripts are hardly part of
// the site, and no containment keeps the site from learning. The recorded end is the moment they came to hold, not
// the moment of the call.
func (p *Phases) Advance(now time.Time, l Limits) Phase {
	if !p.period.lasts() {
		return Enforcing
	}
	started := p.period.started.Load()
	if now.UnixNano() < started-int64(clockSlack) && p.period.started.CompareAndSwap(started, now.UnixNano()) {
		p.log.add(Decision{Time: now, Decided: Learning.String(), Reason: "the clock was ahead when learning began"})
	}
	if p.containment.frozen(now) {
		return Learning // its end would trust scripts
	}
	coverage, samples := p.coverage.Value()
	if now.UnixNano()-p.period.started.Load() < int64(l.LearnMin) {
		return Learning
	}
	ready := p.coverage.lastSample()
	if coverage < l.Coverage {
		if !p.coverage.strays(p.scripts.Networks(), l.Coverage) {
			return Learning
		}
		ready = max(ready, p.coverage.others.grown.Load())
	}
	reason := fmt.Sprintf("learned for %s, coverage %.3f of %d samples, target %v", l.LearnMin, coverage, samples, l.Coverage)
	if coverage < l.Coverage {
		reason += "; but scripts are hardly part of the site"
	}
	if share, n := p.coverage.NoveltyDrift(); share > 1-l.Coverage && l.Coverage > 0 {
		reason += fmt.Sprintf("; but %.0f %% of %d samples of the last whole day were of scripts new that day: coverage will not hold", 100*share, n)
	}
	p.finishLearning(max(p.period.started.Load()+int64(l.LearnMin), ready), reason+": ", Author{})
	return Enforcing
}

// Enforce ends learning now, whatever it lacks, and reports whether it had not
// ended.
func (p *Phases) Enforce(by Author, now time.Time) bool {
	return p.finishLearning(now.UnixNano(), "", by)
}

// Relearn begins to learn anew. Everything learned is forgotten; what an
// operator or a manifest decided stays.
func (p *Phases) Relearn(by Author, now time.Time) {
	p.change.Lock()
	defer p.change.Unlock()
	p.period.started.Store(now.UnixNano())
	p.period.closed.Store(0)
	for profile := range p.scripts.All() {
		if !profile.decided() && len(profile.decidedOperations()) == 0 {
			p.scripts.remove(profile)
		}
	}
	p.candidates.reset()
	p.coverage.forgetOthers()
	p.directories.programs.Clear()
	p.scripts.restartQuota()
	p.log.add(Decision{Time: now, Decided: Learning.String(), By: by})
}

// Started returns when learning began.
func (p *Phases) Started() time.Time { return p.period.startedAt() }

// Closed returns when learning ended, or the zero time while it lasts.
func (p *Phases) Closed() time.Time { return p.period.closedAt() }

// finishLearning decides which candidates are scripts, trusts the scripts that enough
// client networks visited, forgets those that may not exist, and begins to enforce. It
// does so once.
func (p *Phases) finishLearning(at int64, reason string, by Author) bool {
	p.change.Lock()
	defer p.change.Unlock()
	if !p.period.lasts() {
		return false
	}
	enough := min(trustedNetworks, max(p.scripts.Networks(), p.coverage.otherNetworks()))
	p.forgetUnconfirmed(enough, p.candidates.settle(enough))
	p.scripts.compare()
	for profile := range p.scripts.All() {
		profile.learnedFrom.Store(uint32(profile.Networks()))
		profile.settleSelectors()
		need := enough
		if scriptpath.DataDirectory(profile.key.Path) != "" {
			need = max(enough, trustedNetworksAmongData)
		}
		if profile.Trust() == Provisional && profile.Networks() >= need && !profile.Standout().Told() {
			p.scripts.setTrust(profile, Trusted)
		}
	}
	p.scripts.restartQuota()
	p.scripts.countShares()
	p.scripts.findSpellings()
	p.directories.noteScripts(p.scripts)
	p.period.closed.Store(at)
	p.log.add(Decision{Time: time.Unix(0, at), Decided: Enforcing.String(), By: by,
		Reason: fmt.Sprintf("%s%d scripts trusted, %d provisional", reason, p.scripts.Count(Trusted), p.scripts.Count(Provisional))})
	return true
}

// forgetUnconfirmed forgets scripts that few visited and that may not exist: they
// never answered with success, or answered like the front controller. To ask for a
// shell's name before it is there must not make it known. Where the root is known,
// the file itself has confirmed the script, and others that were candidates did more.
func (p *Phases) forgetUnconfirmed(enough int, confirmed map[*Profile]struct{}) {
	for profile := range p.scripts.All() {
		if profile.key.Root != "" || profile.route || profile.approved.Load() || profile.Trust() != Provisional || profile.Networks() >= enough {
			continue
		}
		if _, ok := confirmed[profile]; ok {
			continue
		}
		if visits, _ := profile.MethodCounts(); visits == 0 {
			continue // what was held against somebody stays on the list
		}
		answer, kept := profile.Answer(MethodGet)
		if !kept {
			answer, kept = profile.Answer(MethodPost)
		}
		if profile.counts.succeeded() && (!kept || !p.notFound.frontLike(answer)) {
			continue
		}
		p.scripts.remove(profile)
	}
}
