package redteam

import (
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// clockAttacks are accidents that an attacker may profit from.
var clockAttacks = []attack{
	{"The clock goes back an hour, and a shell is dropped, with a root", "request 1: malicious", func(t *testing.T) string { return clockBack(t, "/srv", time.Hour) }},
	{"The clock goes back a month, and a shell is dropped, with a root", "request 1: malicious", func(t *testing.T) string { return clockBack(t, "/srv", 30*day) }},
	{"The clock goes back a month, and a shell is dropped, without a root", "request 1: malicious", func(t *testing.T) string { return clockBack(t, "", 30*day) }},
	{"The clock was a year ahead when learning began", "held: learning ends in time", clockAhead},
	{"The clock jumps a year ahead for a moment after learning", "request 1: malicious, refused before it ran", clockJumped},
}

// clockBack sets the clock back just after learning has ended.
func clockBack(t *testing.T, root string, by time.Duration) string {
	s := learned(t, root)
	s.now = s.m.Phases.Closed().Add(time.Minute - by)
	if s.phase() != baseline.Enforcing {
		return "lost: it learns again"
	}
	s.drop("/lib/x.php")
	s.now = s.now.Add(time.Minute)
	return s.outcome(s.post("/lib/x.php", attacker(0)))
}

// clockAhead begins to learn in the future, as a machine without a battery may
// until it is told the time.
func clockAhead(t *testing.T) string {
	s := newTarget(t, "/srv")
	s.m.Phases.Relearn(baseline.Author{Via: "it starts"}, dawn.Add(365*day))
	s.learn(nil)
	if s.phase() == baseline.Enforcing {
		return "held: learning ends in time"
	}
	s.drop("/lib/x.php")
	got := s.outcome(s.post("/lib/x.php", attacker(0)))
	s.m.Phases.Relearn(baseline.Author{Via: "the operator"}, s.now)
	s.learn(nil)
	if s.phase() != baseline.Enforcing {
		t.Error("it learns for ever")
	}
	s.drop("/lib/y.php")
	return got + " until the operator relearns; then " + s.outcome(s.post("/lib/y.php", attacker(0)))
}

// clockJumped has one visit fall into the next year.
func clockJumped(t *testing.T) string {
	s := learned(t, "/srv")
	ahead := s.get("/index.php", honest(1), referred)
	ahead.Time = s.now.Add(365 * day)
	if v, _ := s.play(ahead); v != 0 {
		t.Errorf("the visit is %s", v)
	}
	s.live()
	s.drop("/lib/x.php")
	return s.outcome(s.post("/lib/x.php", attacker(0)))
}
