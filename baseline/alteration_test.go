package baseline

import (
	"fmt"
	"testing"
	"time"
)

func TestAlteredShare(t *testing.T) {
	s := NewSite("a", start)
	for n := range 40 {
		p := visit(s, fmt.Sprintf("/%d.php", n), 1, start)
		for range 3 { // looked at again and again
			s.Scripts.NoteAlteration(p, nil)
		}
	}
	p := s.Scripts.Lookup(Key{Path: "/0.php"})
	s.Scripts.NoteAlteration(p, &Alteration{File: start})
	if one := s.Scripts.AlteredShare(); one > 0.02 {
		t.Errorf("one of forty: %v", one)
	}
	for n := range 40 {
		s.Scripts.NoteAlteration(s.Scripts.Lookup(Key{Path: fmt.Sprintf("/%d.php", n)}), &Alteration{File: start})
	}
	if all := s.Scripts.AlteredShare(); all < 0.6 {
		t.Errorf("all of forty: %v", all)
	}
	for n := range 40 {
		s.Scripts.NoteAlteration(s.Scripts.Lookup(Key{Path: fmt.Sprintf("/%d.php", n)}), &Alteration{Configuration: start})
	}
	if none := s.Scripts.AlteredShare(); none > 0.02 || p.Alteration() == nil {
		t.Errorf("none any more: %v", none)
	}
}

func TestLookIsDue(t *testing.T) {
	p := newProfile(Key{Path: "/a.php"}, start)
	for n, tt := range []struct {
		at  time.Duration
		due bool
	}{{0, true}, {time.Second, false}, {5 * time.Second, true}, {9 * time.Second, false}, {-time.Hour, true}, {0, true}} {
		if due := p.LookDue(start.Add(tt.at), 5*time.Second); due != tt.due {
			t.Errorf("%d: at %v: %v", n, tt.at, due)
		}
	}
}

func TestPastDeployWindows(t *testing.T) {
	s, key := NewSite("a", start), Key{Path: "/x.php"}
	opened := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	for n := range maxPastDeploys + 11 {
		s.Decisions.Deploy(10*time.Minute, Author{Via: "test"}, opened(n))
	}
	for name, s := range map[string]*Site{"": s, "after a restart": reopened(t, s, start)} {
		for n, want := range map[int]bool{0: false, 9: false, 10: true, 40: true, maxPastDeploys + 10: true} {
			if got := s.Decisions.DeployedEver(key, opened(n).Add(time.Minute)); got != want {
				t.Errorf("window %d %s: %v", n, name, got)
			}
		}
		if s.Decisions.DeployedEver(key, opened(40).Add(20*time.Minute)) || s.Decisions.DeployedEver(Key{Path: "/uploads/x.php"}, opened(40).Add(time.Minute)) {
			t.Errorf("outside of a window, or of where a deploy puts scripts %s", name)
		}
		if s.Decisions.Deployed(key, opened(40).Add(time.Minute)) {
			t.Errorf("a new script of an earlier window passes for one of the latest %s", name)
		}
	}
}
