package baseline

import (
	"cmp"
	"slices"
	"strings"
)

// Review lists the scripts that learning did not trust because one or two client
// networks visited them, or because they lie where data is kept, riskiest first.
// It is short, so that somebody reads it: at most ten, or 5 % of the scripts.
func (s *Site) Review() []*Profile {
	var list []*Profile
	for _, p := range s.profiles.AllRelaxed() {
		if p.Trust() == Provisional && !p.route && !p.late.Load() &&
			(p.Networks() < trustedNetworks || DataDirectory(p.key.Path) != "") {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *Profile) int {
		return cmp.Or(cmp.Compare(b.Risk(), a.Risk()), cmp.Compare(b.sampled.Load(), a.sampled.Load()), strings.Compare(a.key.Path, b.key.Path), strings.Compare(a.key.Root, b.key.Root))
	})
	return list[:min(len(list), max(10, s.profiles.Size()/20))]
}

// Risk orders scripts for review. What a shell that was there during learning
// looks like, likeliest first (of the equally risky those come first that are used
// on more days, which a flood of names is not): it lies among data, it is sent payloads, nothing
// links to it, one network uses it.
func (p *Profile) Risk() int {
	risk := 0
	if DataDirectory(p.key.Path) != "" {
		risk += 8
	}
	if known := p.methods.known.Load() | p.methods.strange.Load(); known&payloads != 0 {
		risk += 4
	}
	if p.Referrers() == 0 {
		risk += 2
	}
	if p.Networks() == 1 {
		risk++
	}
	return risk
}
