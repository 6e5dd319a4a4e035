package replay

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// maxNewcomers bounds the scripts and routes that are kept for the list: clients make up
// names.
const maxNewcomers = 1024

// newcomers are what appeared after learning without being flagged, in logs that show too
// little of it.
type newcomers map[baseline.Key]*newcomer

type newcomer struct {
	key              baseline.Key
	visits, payloads uint64
	networks         sketch.Distinct
	first, last      time.Time
}

// add notes a visit.
func (n newcomers) add(key baseline.Key, at time.Time, network uint64, payload bool) {
	found := n[key]
	if found == nil {
		if len(n) >= maxNewcomers {
			return
		}
		key.Path = strings.Clone(key.Path)
		found = &newcomer{key: key, first: at}
		n[key] = found
	}
	found.visits++
	if payload {
		found.payloads++
	}
	found.networks.Add(network)
	found.last = at
}

// list describes those that nothing is held against, those that took most payloads first,
// then the busiest: at most so many. further is how many more there are.
func (n newcomers) list(s *baseline.Site, most int) (list []Review, further int) {
	for _, found := range slices.SortedFunc(maps.Values(n), func(a, b *newcomer) int {
		return cmp.Or(cmp.Compare(b.payloads, a.payloads), cmp.Compare(b.visits, a.visits), strings.Compare(a.key.Path, b.key.Path))
	}) {
		switch {
		case s.Evidence.StandingScore(found.key) > 0:
		case len(list) == most:
			further++
		default:
			list = append(list, Review{
				Type: "review", Script: found.key.Path, Networks: found.networks.Count(), Visits: found.visits,
				FirstSeen: found.first, LastSeen: found.last, Directory: scriptpath.DataDirectory(found.key.Path), New: true,
			})
		}
	}
	return list, further
}
