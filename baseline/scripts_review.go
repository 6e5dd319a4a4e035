package baseline

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// Review lists the scripts that one or two client networks visited while the site
// was learned, that stand out among the others, or that lie where data is kept, and that
// nobody approved: those that evidence stands against, worst first, then those that stand
// out, then the riskiest. It is short, so that somebody
// reads it: at most ten, or 5 % of the scripts. further is how many more there are.
func (s *Scripts) Review() (list []*Profile, further int) {
	for p := range s.All() {
		trust := p.Trust()
		if trust == Denied || trust == Provisional && p.late.Load() || p.route || p.approved.Load() {
			continue
		}
		if p.Networks() < trustedNetworks || p.Standout().Bits > 0 || trust == Provisional && scriptpath.DataDirectory(p.key.Path) != "" {
			list = append(list, p)
		}
	}
	s.sortWorst(list, func(a, b *Profile) int {
		return cmp.Or(cmp.Compare(b.toldBits(), a.toldBits()), cmp.Compare(b.Risk(), a.Risk()), cmp.Compare(b.Standout().Bits, a.Standout().Bits), cmp.Compare(b.sampled.Load(), a.sampled.Load()), strings.Compare(a.key.Path, b.key.Path), strings.Compare(a.key.Root, b.key.Root))
	})
	n := min(len(list), max(10, s.size()/20))
	return list[:n], len(list) - n
}

// Overdue lists the provisional scripts that were visited since the time given: what a
// containment would have refused of the recent past besides what is denied anyway.
// Those that evidence stands against come first, worst first, then the latest.
func (s *Scripts) Overdue(since time.Time) []*Profile {
	var list []*Profile
	for p := range s.All() {
		if !p.route && p.Trust() == Provisional && p.methods.used() && !p.LastSeen().Before(since) {
			list = append(list, p)
		}
	}
	s.sortWorst(list, func(a, b *Profile) int {
		return cmp.Or(b.LastSeen().Compare(a.LastSeen()), strings.Compare(a.key.Path, b.key.Path))
	})
	return list
}

// sortWorst sorts scripts by the weight of the evidence that stands against them, and
// those of equal weight as given.
func (s *Scripts) sortWorst(list []*Profile, otherwise func(a, b *Profile) int) {
	scores := make(map[*Profile]float64)
	for _, p := range list {
		if score := s.evidence.StandingScore(p.key); score > 0 {
			scores[p] = score
		}
	}
	slices.SortFunc(list, func(a, b *Profile) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), otherwise(a, b))
	})
}

// CountDeployed returns how many scripts came in the deploy window: to the second, those
// that a window brought and that were first visited in this one.
func (s *Scripts) CountDeployed(w DeployWindow) (n int) {
	for p := range s.All() {
		if first := p.first.Load(); p.deployed && w.Since.Unix() <= first && first <= w.Until.Unix() {
			n++
		}
	}
	return n
}

// Risk orders scripts for review. What a shell that was there during learning
// looks like, likeliest first (of the equally risky those come first that are used
// on more days, which a flood of names is not): it lies among data, it is sent payloads, nothing
// links to it, one network uses it.
func (p *Profile) Risk() int {
	risk := 0
	if scriptpath.DataDirectory(p.key.Path) != "" {
		risk += 8
	}
	if p.methods.triedPayloads() {
		risk += 4
	}
	if p.features.referrers.Count() == 0 {
		risk += 2
	}
	if p.Networks() == 1 {
		risk++
	}
	return risk
}
