package redteam

import (
	"fmt"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// floodAttacks try to push out what was learned.
var floodAttacks = []attack{
	{
		"200,000 random paths that are not there",
		"held: every learned script stays; a shell dropped then: request 1: malicious",
		func(t *testing.T) string { return flooded(t, func(int) change { return answering(404, notFound) }) },
	},
	{
		"200,000 random paths that a catch-all page answers",
		"held: every learned script stays; a shell dropped then: request 1: malicious",
		func(t *testing.T) string {
			const page = "<html><head><title>Shop</title></head><body><h1>Choose your country</h1><p>We deliver paper to Austria, Belgium, Croatia, Denmark and Estonia.</p>"
			return flooded(t, func(int) change { return answering(200, page) })
		},
	},
	{
		"200,000 random paths that answer with a page each",
		"held: every learned script stays; a shell dropped then: request 1: malicious",
		func(t *testing.T) string {
			return flooded(t, func(i int) change { return answering(200, fmt.Sprintf("answer %x", i*7919)) })
		},
	},
}

// flooded asks for random names in many directories from many networks, and
// then uses a shell.
func flooded(t *testing.T, answer func(int) change) string {
	s := learned(t, "")
	before := map[string]string{}
	for _, page := range append(commonPages, rarePages...) {
		before[page] = s.trust(page)
	}
	for i := range 200_000 {
		s.play(s.get(fmt.Sprintf("/%d/%x.php", i%500, i*2654435761), attacker(100+i%1000), answer(i)))
	}
	for page, trust := range before {
		if s.trust(page) != trust {
			return fmt.Sprintf("lost: %s was %s and is %s", page, trust, s.trust(page))
		}
	}
	if n := s.m.Scripts.Count(baseline.Provisional); n > s.d.Limits().MaxScripts/4+len(before) {
		t.Errorf("%d new scripts", n)
	}
	s.drop("/lib/x.php")
	return "held: every learned script stays; a shell dropped then: " + s.outcome(s.post("/lib/x.php", attacker(0)))
}
