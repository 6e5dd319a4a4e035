package baseline

import (
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
	s.Decisions.SetTrust(Key{Path: "/b.php"}, Denied, "shell, says Ann", start.Add(2*time.Hour), limits)
	s.Decisions.SetTrust(Key{Path: "/b.php"}, Trusted, "a mistake", start.Add(3*time.Hour), limits)
	s.Decisions.Forget(Key{Path: "/b.php"}, "deleted", start.Add(4*time.Hour))
	s.Decisions.Deploy(time.Hour, "release 7", start.Add(5*time.Hour))
	s.Phases.Relearn("new shop", start.Add(6*time.Hour))
	s.Phases.Enforce("in a hurry", start.Add(7*time.Hour))
	want := []string{"enforcing", "denied", "trusted", "forgotten", "deploy window of 1h0m0s", "learning", "enforcing"}
	list := s.Decisions.List()
	if len(list) != len(want) {
		t.Fatalf("%d decisions: %+v", len(list), list)
	}
	for i, d := range list {
		if d.Decided != want[i] || d.Reason == "" || !d.Time.Equal(start.Add(time.Duration(i+1)*time.Hour)) {
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
	s.Phases.Enforce("test", start)
	if !s.Decisions.Forget(Key{Path: "/a.php"}, "test", start) || s.Decisions.Forget(Key{Path: "/a.php"}, "test", start) {
		t.Error("forgotten twice, or never")
	}
	visit(s, "/a.php", 1, start.Add(time.Hour))
	if !s.Scripts.Lookup(Key{Path: "/a.php"}).Novel() {
		t.Error("a forgotten script is not new")
	}
}
