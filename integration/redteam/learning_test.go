package redteam

import (
	"fmt"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// learningAttacks are made while the site is learned.
var learningAttacks = []attack{
	{
		"A shell used by one network during learning",
		"told when learning ends; provisional, place 1 of 7 on the review list",
		func(t *testing.T) string { return usedWhileLearning(t, "/lib/x.php", 1) },
	},
	{
		"A shell used by four networks during learning",
		"told when learning ends; provisional, place 1 of 7 on the review list",
		func(t *testing.T) string { return usedWhileLearning(t, "/lib/x.php", 4) },
	},
	{
		"A shell used by forty networks with forged Referers during learning",
		"told when learning ends; provisional, place 1 of 7 on the review list",
		func(t *testing.T) string { return usedWhileLearning(t, "/lib/x.php", 40, referred) },
	},
	{
		"A shell used by four networks that read the site and forge Referers during learning",
		"lost; trusted, not on the review list",
		usedByVisitors,
	},
	{
		"A shell among uploads, used by four networks during learning",
		"request 1: suspicious; provisional, place 1 of 7 on the review list",
		func(t *testing.T) string { return usedWhileLearning(t, "/uploads/x.php", 4) },
	},
	{
		"A shell among uploads, used by four networks with forged Referers during learning",
		"request 1: suspicious; provisional, place 1 of 7 on the review list",
		func(t *testing.T) string { return usedWhileLearning(t, "/uploads/x.php", 4, referred) },
	},
	{
		"Thousands of POSTs to made-up names hide a shell from the review list",
		"lost; provisional, place 1 of 250 on the review list",
		func(t *testing.T) string { return hiddenFromReview(t, "/lib/x.php") },
	},
	{
		"Thousands of POSTs to made-up names hide a shell among uploads from the review list",
		"request 1: suspicious; provisional, place 1 of 250 on the review list",
		func(t *testing.T) string { return hiddenFromReview(t, "/uploads/x.php") },
	},
	{
		"A hundred thousand requests to one page by two networks, to end learning early",
		"held: learning goes on",
		hammered,
	},
	{
		"Thousands of names that answer once, to keep learning from ending",
		"lost until the operator enforces; then request 1: malicious",
		keptFromEnding,
	},
	{
		"The shell's future name is asked for during learning, and answered 404",
		"request 1: malicious",
		func(t *testing.T) string { return seeded(t, "", 5, answering(404, notFound)) },
	},
	{
		"The shell's future name is asked for by two networks during learning, and answered by a redirect",
		"request 1: malicious",
		func(t *testing.T) string { return seeded(t, "", 2, answering(302, "")) },
	},
	{
		"The shell's future name is asked for by five networks during learning, and answered by a redirect",
		"lost",
		func(t *testing.T) string { return seeded(t, "", 5, answering(302, "")) },
	},
	{
		"The same by two networks that read the site and come by its links",
		"lost; provisional, place 3 of 7 on the review list",
		seededByVisitors,
	},
	{
		"The shell's future name is asked for by five networks during learning, and answered by the redirect that any made-up name gets",
		"request 1: malicious",
		seededAmongRedirects,
	},
	{
		"The shell's future name is asked for during learning, and answered with the page that any path gets",
		"request 1: malicious",
		func(t *testing.T) string { return seeded(t, "", 5, answering(200, home)) },
	},
	{
		"The shell's future name is asked for by five networks before anybody else, and answered with the page that any path gets",
		"lost",
		seededFirst,
	},
	{
		"The shell's future name is asked for during learning, and answered 200 with a page of its own",
		"lost",
		func(t *testing.T) string { return seeded(t, "", 5, answering(200, "hello")) },
	},
	{
		"The shell's future name is asked for during learning, and the front controller answers, with a root",
		"request 1: malicious, refused before it ran",
		func(t *testing.T) string { return seeded(t, "/srv", 5, running("/index.php"), answering(200, home)) },
	},
}

// usedWhileLearning has some networks send a shell commands every day, the last
// of them after learning.
func usedWhileLearning(t *testing.T, shell string, networks int, changes ...change) string {
	s := newTarget(t, "")
	s.drop(shell)
	var told []detector.Exchange
	found := lost
	use := func() {
		for n := range networks {
			x := s.post(shell, attacker(n), changes...)
			if told = append(told, x); found != lost {
				continue
			}
			if got := s.outcome(x); got != lost {
				found = fmt.Sprintf("request %d%s", len(told), got[len("request 1"):])
			}
		}
	}
	s.liveUntilEnforcing(use)
	use()
	if found == lost {
		found = s.standout(shell)
	}
	return found + "; " + s.trust(shell) + ", " + s.reviewed(shell)
}

// standout is whether somebody was told of a script when learning ended.
func (s *target) standout(shell string) string {
	list, _ := s.m.Scripts.TellStandouts()
	for _, p := range list {
		if p.Key() == s.key(shell) {
			return "told when learning ends"
		}
	}
	return lost
}

// usedByVisitors has networks read the site before they send a shell commands.
func usedByVisitors(t *testing.T) string {
	s := newTarget(t, "")
	s.drop("/lib/x.php")
	s.liveUntilEnforcing(func() {
		for n := range 4 {
			s.play(s.visits(s.post("/lib/x.php", attacker(n), referred, answering(200, home))))
			s.play(s.get("/lib/x.php", attacker(n), referred, answering(200, home)))
		}
	})
	return s.standout("/lib/x.php") + "; " + s.trust("/lib/x.php") + ", " + s.reviewed("/lib/x.php")
}

func (s *target) reviewed(shell string) string {
	place, of := s.review(shell)
	if place == 0 {
		return "not on the review list"
	}
	return fmt.Sprintf("place %d of %d on the review list", place, of)
}

// hiddenFromReview has one network send payloads to names that all answer, while
// a shell is in use.
func hiddenFromReview(t *testing.T, shell string) string {
	s := newTarget(t, "")
	found := lost
	s.learn(func() {
		for i := range 1250 {
			s.play(s.post(fmt.Sprintf("/a/%d-%d.php", s.now.Day(), i), attacker(1)))
		}
		if got := s.outcome(s.post(shell, attacker(0))); found == lost {
			found = got
		}
	})
	s.m.Phases.Enforce(baseline.Author{Via: "the operator"}, s.now)
	if got := s.outcome(s.post(shell, attacker(0))); found == lost {
		found = got
	}
	return found + "; " + s.trust(shell) + ", " + s.reviewed(shell)
}

// hammered has two networks ask for one page of a site that few others visit.
func hammered(t *testing.T) string {
	s := newTarget(t, "")
	for i, page := range append(commonPages, rarePages...) {
		s.honest(s.get(page, honest(i%3), referred))
	}
	for i := range 100_000 {
		s.now = dawn.Add(time.Duration(i) * 3 * time.Second) // three days and a half
		s.play(s.get("/index.php", attacker(i%2)))
	}
	if coverage, samples := s.m.Coverage.Value(); s.phase() == baseline.Learning && coverage < 0.5 && samples < 20 {
		return "held: learning goes on"
	}
	return lost
}

// keptFromEnding has names answer that nobody asks for twice. What the operator
// sees is a coverage that does not rise; he can enforce.
func keptFromEnding(t *testing.T) string {
	s := newTarget(t, "")
	s.learn(func() {
		for i := range 1000 {
			s.play(s.get(fmt.Sprintf("/a/%d-%d.php", s.now.Day(), i), attacker(1)))
		}
	})
	coverage, samples := s.m.Coverage.Value()
	if s.phase() != baseline.Learning || coverage > 0.6 {
		t.Errorf("%s, coverage %.2f of %d", s.phase(), coverage, samples)
	}
	got := s.outcome(s.post("/lib/x.php", attacker(0)))
	s.m.Decisions.Forget([]baseline.Key{s.key("/lib/x.php")}, baseline.Author{Via: "the operator"}, s.now)
	s.m.Phases.Enforce(baseline.Author{Via: "the operator"}, s.now)
	if s.trust("/index.php") != "trusted" || s.trust("/a/2-1.php") != "provisional" {
		t.Errorf("trust: %s, %s", s.trust("/index.php"), s.trust("/a/2-1.php"))
	}
	return got + " until the operator enforces; then " + s.outcome(s.post("/lib/y.php", attacker(0)))
}

// seeded has many networks ask for a name, with and without a payload, before
// the shell is there.
func seeded(t *testing.T, root string, networks int, answers ...change) string {
	s := newTarget(t, root)
	s.liveUntilEnforcing(func() {
		for n := range networks {
			s.play(s.get("/lib/x.php", attacker(n), answers...))
			s.play(s.post("/lib/x.php", attacker(n), answers...))
		}
	})
	s.drop("/lib/x.php")
	return s.outcome(s.post("/lib/x.php", attacker(0)))
}

// seededByVisitors has two networks behave like visitors before.
func seededByVisitors(t *testing.T) string {
	s := newTarget(t, "")
	s.liveUntilEnforcing(func() {
		for n := range 2 {
			s.play(s.visits(s.get("/lib/x.php", attacker(n), referred, answering(302, ""))))
			s.play(s.post("/lib/x.php", attacker(n), referred, answering(302, "")))
		}
	})
	s.drop("/lib/x.php")
	return s.outcome(s.post("/lib/x.php", attacker(0))) + "; " + s.trust("/lib/x.php") + ", " + s.reviewed("/lib/x.php")
}

// seededAmongRedirects asks a site that redirects whoever asks for a name that is not
// there, as a scanner does too.
func seededAmongRedirects(t *testing.T) string {
	s := newTarget(t, "")
	s.liveUntilEnforcing(func() {
		for n := range 5 {
			s.play(s.get("/lib/x.php", attacker(n), answering(302, "")))
		}
		for i := range 20 {
			s.play(s.get(fmt.Sprintf("/lib/%d-%d.php", s.now.Day(), i), attacker(901), answering(302, "")))
		}
	})
	s.drop("/lib/x.php")
	return s.outcome(s.post("/lib/x.php", attacker(0)))
}

// seededFirst asks before anybody's visit showed what the site's pages look like.
func seededFirst(t *testing.T) string {
	s := newTarget(t, "")
	for n := range 5 {
		s.play(s.post("/lib/x.php", attacker(n), answering(200, home)))
	}
	s.liveUntilEnforcing(nil)
	return s.outcome(s.post("/lib/x.php", attacker(0)))
}
