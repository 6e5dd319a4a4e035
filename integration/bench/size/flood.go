package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// floodRoom is how much memory a flood may take beyond what the site had, in bytes:
// measured were 18 MiB once learning has ended (docs/performance.md), of which the
// memory of clients may take 13.
const floodRoom = 64 << 20

// moment is what was measured during a flood.
type moment struct {
	minutes, heap, cost float64 // MiB, and ns for a known script's exchange
}

// underFlood asks a site for random paths, as fast as it goes, and measures it now and
// then.
func underFlood(length time.Duration) (moments []moment, err error) {
	const samples, batch = 40, 10_000
	s := newSite(least, 3)
	before := float64(heap())
	var sent int
	for n := range samples + 1 {
		until := time.Now().Add(length / samples)
		for n > 0 && time.Now().Before(until) {
			for range batch {
				s.probe()
			}
			sent += batch
		}
		m := moment{minutes: (length * time.Duration(n) / samples).Minutes(), heap: float64(heap()) / (1 << 20)}
		m.cost = s.cost(100_000)
		moments = append(moments, m)
		if grown := m.heap*(1<<20) - before; grown > floodRoom {
			return nil, fmt.Errorf("%.0f MiB more after %d requests of a flood", grown/(1<<20), sent)
		}
	}
	for _, script := range s.scripts {
		if j := s.ask(script, 0, began.Add(5*time.Hour)); j.Verdict != detector.Clean || !j.Trusted {
			return nil, fmt.Errorf("the flood made %s %v", script, j.Verdict)
		}
	}
	first, last := moments[0], moments[samples]
	fmt.Printf("A flood of %d requests for random paths in %s: heap %.1f → %.1f MiB, a known script's exchange %.0f → %.0f ns\n",
		sent, length, first.heap, last.heap, first.cost, last.cost)
	return moments, nil
}

// probe asks for a path that nobody asked for, now of a script that is there, now of
// one that is not.
func (s *site) probe() {
	path := "/" + strconv.FormatUint(s.random.Uint64(), 36) + "/" + strconv.FormatUint(s.random.Uint64(), 36) + ".php"
	s.exchange(path, s.random.IntN(1<<24), []int{200, 404, 302, 500}[s.random.IntN(4)], began.Add(4*time.Hour))
}
