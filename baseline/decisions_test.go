package baseline

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestDecisionsAreKeptWithTheirReason(t *testing.T) {
	s := NewSite("a", start)
	for n := range 100 {
		visit(s, "/a.php", n, start)
	}
	s.Phases.Advance(start.Add(time.Hour), limits)
	s.Decisions.SetTrust([]Key{{Path: "/b.php"}}, Denied, Author{Via: "shell, says Ann"}, start.Add(2*time.Hour), limits)
	s.Decisions.SetTrust([]Key{{Path: "/b.php"}}, Trusted, Author{Via: "a mistake"}, start.Add(3*time.Hour), limits)
	s.Decisions.Forget([]Key{{Path: "/b.php"}}, Author{Via: "deleted"}, start.Add(4*time.Hour))
	s.Decisions.Deploy(time.Hour, Author{Via: "release 7"}, start.Add(5*time.Hour))
	s.Phases.Relearn(Author{Via: "new shop"}, start.Add(6*time.Hour))
	s.Phases.Enforce(Author{Via: "in a hurry"}, start.Add(7*time.Hour))
	want := []string{"enforcing", "denied", "trusted", "forgotten", "deploy window of 1h0m0s", "learning", "enforcing"}
	list := s.Decisions.List()
	if len(list) != len(want) {
		t.Fatalf("%d decisions: %+v", len(list), list)
	}
	for i, d := range list {
		if d.Decided != want[i] || d.Reason == "" && d.By.Via == "" || !d.Time.Equal(start.Add(time.Duration(i+1)*time.Hour)) {
			t.Errorf("%d: %+v, want %s", i, d, want[i])
		}
	}
	if !strings.Contains(list[0].Reason, "coverage 0.9") || !strings.Contains(list[0].Reason, "1 scripts trusted") {
		t.Errorf("reason %q", list[0].Reason)
	}
	for n := range 3 * maxDecisions {
		s.log.add(Decision{Time: start, Decided: "x", Reason: fmt.Sprint(n)})
	}
	if list := s.Decisions.List(); len(list) != maxDecisions || list[maxDecisions-1].Reason != fmt.Sprint(3*maxDecisions-1) {
		t.Errorf("%d decisions, the last %+v", len(list), list[len(list)-1])
	}
}

func TestForgottenScriptsAreNewAgain(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start)
	s.Phases.Enforce(Author{Via: "test"}, start)
	if s.Decisions.Forget([]Key{{Path: "/a.php"}}, Author{Via: "test"}, start) != 1 || s.Decisions.Forget([]Key{{Path: "/a.php"}}, Author{Via: "test"}, start) != 0 {
		t.Error("forgotten twice, or never")
	}
	visit(s, "/a.php", 1, start.Add(time.Hour))
	if !s.Scripts.Lookup(Key{Path: "/a.php"}).Novel() {
		t.Error("a forgotten script is not new")
	}
}

func TestDecisionsAreWholeOrNotAtAll(t *testing.T) {
	l := Limits{LearnMin: time.Hour, MaxScripts: 3}
	keys := []Key{{Path: "/a.php"}, {Path: "/first.php"}, {Path: "/second.php"}}
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start)
	visit(s, "/b.php", 1, start)
	for _, trust := range []Trust{Denied, Trusted} {
		if err := s.Decisions.SetTrust(keys, trust, Author{Via: "test"}, start, l); !errors.Is(err, errNoRoom) {
			t.Errorf("%v: %v", trust, err)
		}
	}
	if s.Scripts.size() != 2 || s.Scripts.Lookup(keys[0]).Trust() != Provisional || len(s.Decisions.List()) != 0 || s.Scripts.Overflows(OverflowScripts) != 0 {
		t.Errorf("%d profiles, %v", s.Scripts.size(), s.Decisions.List())
	}
	if err := s.Decisions.SetTrust(keys[:2], Denied, Author{Via: "test"}, start, l); err != nil || s.Scripts.Count(Denied) != 2 || len(s.Decisions.List()) != 2 {
		t.Errorf("%v, %d denied", err, s.Scripts.Count(Denied))
	}
	t.Run("many are one entry of the log", func(t *testing.T) {
		s := NewSite("a", start)
		for n := range 3 * maxLoggedScripts {
			keys = append(keys, Key{Path: fmt.Sprintf("/%d.php", n)})
		}
		if err := s.Decisions.SetTrust(keys, Trusted, Author{Via: "test"}, start, limits); err != nil {
			t.Fatal(err)
		}
		if list := s.Decisions.List(); len(list) != 1 || list[0].Decided != "trusted: 303 scripts, /a.php to /299.php" {
			t.Errorf("%+v", list)
		}
	})
}
