package replay

import (
	"slices"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// reviewList describes the scripts on the site's list, and counts those that found no
// place on it.
func reviewList(s *baseline.Site) (list []Review, further int) {
	profiles, further := s.Scripts.Review()
	for _, p := range profiles {
		visits, _ := p.MethodCounts()
		entry := Review{Type: "review", Script: p.Key().Path, Networks: p.Networks(), Visits: visits,
			FirstSeen: p.FirstSeen(), LastSeen: p.LastSeen(), Directory: scriptpath.DataDirectory(p.Key().Path)}
		if out := p.Standout(); out.Told() {
			entry.Standout, entry.Why = tenths(out.Bits), out.Sentence()
		}
		list = append(list, entry)
	}
	return slices.Clip(list), further
}
