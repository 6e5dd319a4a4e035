package baseline

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

var (
	start  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	limits = Limits{LearnMin: time.Hour, Coverage: 0.95, MaxScripts: 1000}
)

func network(s *Site, n int) uint64 {
	return s.Hash.Network(netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 1}))
}

// visit has the n-th network GET the path.
func visit(s *Site, path string, n int, at time.Time) *Profile {
	return s.Learn(Key{Path: path}, Visit{Time: at, Status: 200, Network: network(s, n)}, limits)
}

func TestNetworksAreWhatOneClientCanHave(t *testing.T) {
	s := NewSite("a", start)
	hash := func(addr string) uint64 { return s.Hash.Network(netip.MustParseAddr(addr)) }
	if hash("192.0.2.1") != hash("192.0.2.200") || hash("192.0.2.1") != hash("::ffff:192.0.2.9") {
		t.Error("addresses of one IPv4 /24 differ")
	}
	if hash("192.0.2.1") == hash("192.0.3.1") {
		t.Error("two IPv4 /24 are one")
	}
	if hash("2001:db8:1:2::1") != hash("2001:db8:1:3::1") || hash("2001:db8:1::1") == hash("2001:db8:2::1") {
		t.Error("the IPv6 network is not the /48")
	}
	if hash("192.0.2.1") == NewSite("a", start).Hash.Network(netip.MustParseAddr("192.0.2.1")) {
		t.Error("the hash does not depend on the site's secret")
	}
	s.Hash.Network(netip.Addr{}) // unknown is a network too
}

func TestCoverageCountsSamplesNotRequests(t *testing.T) {
	s := NewSite("a", start)
	for range 10_000 {
		visit(s, "/a.php", 1, start)
	}
	if c, n := s.Coverage.Value(); n != 1 || c != 0 {
		t.Fatalf("one busy client: coverage %v of %d samples", c, n)
	}
	for n := range 100 {
		visit(s, "/a.php", n, start.Add(time.Minute))
		visit(s, "/b.php", n, start.Add(time.Minute))
	}
	visit(s, "/once.php", 1, start)
	c, n := s.Coverage.Value()
	// N is estimated past eight per script; n₁ is exact.
	if n < 120 || n > 320 || c != 1-4/float64(n) {
		t.Errorf("coverage %v of %d samples", c, n)
	}
	if got := s.Coverage.UnseenRate(); got != 1.5/float64(n+1) {
		t.Errorf("unseen rate %v", got)
	}
	before := n
	visit(s, "/once.php", 1, start.Add(24*time.Hour))
	if _, n = s.Coverage.Value(); n != before+1 {
		t.Error("the same network on another day is no sample")
	}
}

func TestLearningEndsWhenTimeAndCoverageAllow(t *testing.T) {
	t.Run("not before the minimum", func(t *testing.T) {
		s := NewSite("a", start)
		for n := range 200 {
			visit(s, "/a.php", n, start)
		}
		if s.Phases.Advance(start.Add(time.Hour-1), limits) != Learning || s.Phases.Advance(start.Add(time.Hour), limits) != Enforcing {
			t.Error("the minimum is not kept")
		}
	})
	t.Run("not before coverage", func(t *testing.T) {
		s := NewSite("a", start)
		for n := range 30 {
			visit(s, fmt.Sprintf("/%d.php", n), n, start)
		}
		if s.Phases.Advance(start.Add(1000*time.Hour), limits) != Learning {
			t.Error("learning ended with every script seen once")
		}
		if s.Phases.Advance(start.Add(time.Hour), Limits{LearnMin: time.Hour, MaxScripts: 1}) != Enforcing {
			t.Error("coverage 0 does not end learning by time")
		}
	})
	t.Run("a site without scripts enforces after the minimum", func(t *testing.T) {
		s := NewSite("a", start)
		if s.Phases.Advance(start.Add(time.Hour), limits) != Enforcing {
			t.Error("still learning")
		}
	})
	t.Run("its end is when it could end, not when somebody asked", func(t *testing.T) {
		s := NewSite("a", start)
		s.Phases.Advance(start.Add(50*time.Hour), limits)
		if got := s.Phases.Closed(); !got.Equal(start.Add(time.Hour)) {
			t.Errorf("closed at %v", got)
		}
		s = NewSite("a", start)
		for n := range 200 {
			visit(s, "/a.php", n, start.Add(5*time.Hour))
		}
		s.Phases.Advance(start.Add(50*time.Hour), limits)
		if got := s.Phases.Closed(); !got.Equal(start.Add(5 * time.Hour)) {
			t.Errorf("closed at %v", got)
		}
	})
}

func TestTrustIsSettledWhenLearningEnds(t *testing.T) {
	s := NewSite("a", start)
	always := Limits{LearnMin: time.Hour, MaxScripts: 1000}
	for n := range 3 {
		visit(s, "/three.php", n, start)
	}
	for n := range 2 {
		visit(s, "/two.php", n, start)
	}
	s.Phases.Advance(start.Add(time.Hour), always)
	trust := func(path string) Trust { return s.Scripts.Lookup(Key{Path: path}).Trust() }
	if trust("/three.php") != Trusted || trust("/two.php") != Provisional {
		t.Errorf("three networks: %v, two: %v", trust("/three.php"), trust("/two.php"))
	}
	if s.Scripts.Count(Trusted) != 1 || s.Scripts.Count(Provisional) != 1 {
		t.Errorf("%d trusted, %d provisional", s.Scripts.Count(Trusted), s.Scripts.Count(Provisional))
	}
	if s.Scripts.Lookup(Key{Path: "/two.php"}).Novel() {
		t.Error("a script from learning is novel")
	}
	for n := range 500 {
		visit(s, "/late.php", n, start.Add(time.Duration(n)*24*time.Hour))
	}
	if late := s.Scripts.Lookup(Key{Path: "/late.php"}); late.Trust() != Provisional || !late.Novel() {
		t.Error("500 networks and a year bought trust")
	}
	s.Decisions.SetTrust(Key{Path: "/late.php"}, Trusted, "test", start, always)
	if s.Scripts.Lookup(Key{Path: "/late.php"}).Novel() || s.Scripts.Count(Trusted) != 2 {
		t.Error("an operator's word does not count")
	}
}

func TestTrustOfASiteWithFewVisitors(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start)
	s.Phases.Advance(start.Add(time.Hour), Limits{LearnMin: time.Hour, MaxScripts: 10})
	if s.Scripts.Lookup(Key{Path: "/a.php"}).Trust() != Trusted {
		t.Error("a script that all of one network saw is not trusted")
	}
}

func TestBoundsAreKept(t *testing.T) {
	s := NewSite("a", start)
	small := Limits{LearnMin: time.Hour, MaxScripts: 10}
	for n := range 15 {
		s.Learn(Key{Path: fmt.Sprintf("/%d.php", n)}, Visit{Time: start}, small)
	}
	if s.Scripts.Overflows(OverflowScripts) != 5 || s.Scripts.Count(Provisional) != 10 {
		t.Errorf("%d overflows, %d scripts", s.Scripts.Overflows(OverflowScripts), s.Scripts.Count(Provisional))
	}
	if s.Scripts.Lookup(Key{Path: "/0.php"}) == nil {
		t.Error("an overflow evicted what was learned")
	}
	long := Key{Path: "/" + string(make([]byte, scriptpath.MaxPathLen)) + ".php"}
	if NewSite("a", start).Learn(long, Visit{Time: start}, limits) != nil {
		t.Error("a path longer than any file's got a profile")
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
