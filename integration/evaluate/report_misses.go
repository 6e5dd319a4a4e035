package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// printMisses prints why sessions were not found, the most frequent first, and
// for each scenario and session an example: the exchange that came nearest.
func (f *findings) printMisses(w io.Writer) {
	type group struct{ facts, scenario, cause string }
	groups := make(map[group][]*trial)
	for i := range f.Trials {
		if t := &f.Trials[i]; t.Miss != nil {
			g := group{t.Facts, t.Scenario, t.Miss.Cause}
			groups[g] = append(groups[g], t)
		}
	}
	order := slices.SortedFunc(maps.Keys(groups), func(a, b group) int {
		return cmp.Or(cmp.Compare(len(groups[b]), len(groups[a])), strings.Compare(a.facts, b.facts), strings.Compare(a.scenario, b.scenario), strings.Compare(a.cause, b.cause))
	})
	fmt.Fprintln(w, "\n## Misses by scenario and cause")
	fmt.Fprintln(w)
	head(w, "sessions", "facts", "scenario", "cause of most of its exchanges", "by log", "nearest score")
	for _, g := range order {
		sites, best := make(map[string]int), groups[g][0].Miss.Score
		for _, t := range groups[g] {
			sites[t.Site]++
			best = max(best, t.Miss.Score)
		}
		var each []string
		for _, s := range slices.Sorted(maps.Keys(sites)) {
			each = append(each, fmt.Sprintf("%s %d", s, sites[s]))
		}
		row(w, len(groups[g]), g.facts, g.scenario, g.cause, strings.Join(each, ", "), fmt.Sprintf("%.1f", best))
	}
	fmt.Fprintln(w, "\n## Misses by scenario and session, in line: the exchange that came nearest")
	fmt.Fprintln(w)
	head(w, "facts", "scenario", "session", "logs", "cause (exchanges)", "nearest: request", "facts", "signals", "score")
	for _, g := range order {
		if g.facts != inline {
			continue
		}
		done := make(map[string]bool)
		for _, t := range groups[g] {
			if done[t.Session] {
				continue
			}
			done[t.Session] = true
			best, logs := t, []string(nil)
			for _, other := range groups[g] {
				if other.Session == t.Session {
					logs = append(logs, other.Site)
					if other.Miss.Score > best.Miss.Score {
						best = other
					}
				}
			}
			m := best.Miss
			row(w, g.facts, g.scenario, t.Session, strings.Join(logs, ", "), fmt.Sprintf("%s (%s)", m.Cause, m.Share), m.Nearest, m.Facts, m.Signals, fmt.Sprintf("%.1f", m.Score))
		}
	}
}
