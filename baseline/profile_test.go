package baseline

import (
	"testing"
	"time"
)

func TestDormantScripts(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start)
	s.Phases.Enforce(Author{Via: "test"}, start)
	p, later := s.Scripts.Lookup(Key{Path: "/a.php"}), start.Add(dormantAfter+time.Second)
	if p.Dormant(start.Add(dormantAfter)) || !p.Dormant(later) {
		t.Error("at the wrong time")
	}
	visit(s, "/a.php", 2, later)
	if !p.Dormant(later) {
		t.Error("reading it woke it")
	}
	s.Note(Key{Path: "/a.php"}, Visit{Time: later, Method: MethodPost}, limits)
	if !p.Dormant(later) {
		t.Error("a payload that was held against somebody woke it")
	}
	s.Learn(Key{Path: "/a.php"}, Visit{Time: later, Method: MethodPost, Status: 200}, limits)
	if p.Dormant(later) {
		t.Error("a clean payload did not wake it")
	}
}

func TestProfileCounts(t *testing.T) {
	s := NewSite("a", start)
	p := visit(s, "/a.php", 1, start)
	s.Learn(p.Key(), Visit{Time: start.Add(-time.Hour), Method: MethodPost, Status: 999}, limits)
	s.Learn(p.Key(), Visit{Time: start.Add(time.Hour), Method: MethodOther, Status: 0}, limits)
	visits, once := p.MethodCounts()
	if visits != 3 || once != 3 || p.Visits(MethodPost) != 1 || p.Visits(MethodPut) != 0 {
		t.Errorf("visits %d, once %d", visits, once)
	}
	if !p.LastSeen().Equal(start.Add(time.Hour)) || !p.FirstSeen().Equal(start) {
		t.Errorf("first %v, last %v", p.FirstSeen(), p.LastSeen())
	}
	if s.Scripts.Visits() != 3 {
		t.Errorf("%d visits of the site", s.Scripts.Visits())
	}
}
