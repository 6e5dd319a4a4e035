package baseline

import (
	"bytes"
	"testing"
)

func TestLookupDoesNotAllocate(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start)
	if n := testing.AllocsPerRun(100, func() { s.Scripts.Lookup(Key{Path: "/a.php"}).MethodCounts() }); n != 0 {
		t.Errorf("lookup: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { visit(s, "/a.php", 1, start) }); n != 0 {
		t.Errorf("learning from a known visit: %v allocations", n)
	}
}

// A decision made before any document root is known holds under each.
func TestDecisionWithoutARoot(t *testing.T) {
	s := NewSite("a", start)
	s.Decisions.SetTrust([]Key{{Path: "/x.php"}}, Denied, Author{Via: "test"}, start, limits)
	s.Decisions.SetTrust([]Key{{Path: "/y.php"}}, Provisional, Author{Via: "test"}, start, limits)
	check := func(s *Site) {
		t.Helper()
		if p := s.Scripts.Lookup(Key{Root: "/srv", Path: "/x.php"}); p == nil || p.Trust() != Denied {
			t.Error("not denied")
		}
		if s.Scripts.Lookup(Key{Root: "/srv", Path: "/y.php"}) != nil {
			t.Error("what nobody decided about is known under another root")
		}
	}
	check(s)
	o := newMemoryObjects()
	save(t, s, o, start)
	again, _, err := Open("a", o, start)
	if err != nil {
		t.Fatal(err)
	}
	check(again)
}

func TestProfilesOfLogsStandForAnyRoot(t *testing.T) {
	_, data := archived(t)
	s, err := Import("b", bytes.NewReader(data), Author{Via: "test"}, start)
	if err != nil {
		t.Fatal(err)
	}
	key := Key{Root: "/srv", Path: "/1.php"}
	if p := s.Scripts.Lookup(key); p == nil || p.Trust() != Trusted {
		t.Fatal("the script is not known under a root")
	}
	before := s.Scripts.Count(Trusted) + s.Scripts.Count(Provisional)
	s.Learn(key, Visit{Time: start, Method: MethodGet, Status: 200, Network: 7}, DefaultLimits())
	if s.Decisions.SetTrust([]Key{key}, Denied, Author{Via: "test"}, start, DefaultLimits()) != nil || s.Scripts.Lookup(key).Trust() != Denied {
		t.Error("it is not denied")
	}
	if after := s.Scripts.Count(Trusted) + s.Scripts.Count(Provisional) + s.Scripts.Count(Denied); after != before {
		t.Errorf("%d scripts, then %d", before, after)
	}
	if s.Decisions.Forget([]Key{key}, Author{Via: "test"}, start) != 1 || s.Scripts.Lookup(key) != nil {
		t.Error("it is not forgotten")
	}
}
