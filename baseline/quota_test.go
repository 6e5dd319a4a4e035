package baseline

import (
	"flag"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

func TestQuotasOfNewScripts(t *testing.T) {
	l := Limits{LearnMin: time.Hour, MaxScripts: 40_000}
	learn := func(s *Site, path string, network int) bool {
		return s.Learn(Key{Path: path}, Visit{Time: start, Status: 200, Network: uint64(network)}, l) != nil
	}
	closed := func() *Site {
		s := NewSite("a", start)
		s.Phases.Enforce(Author{Via: "test"}, start)
		return s
	}
	count := func(s *Site, path func(n int) string, network func(n int) int) (admitted int) {
		for n := range 60_000 {
			if learn(s, path(n), network(n)) {
				admitted++
			}
		}
		return admitted
	}
	oneDir := func(n int) string { return fmt.Sprintf("/dir/%d.php", n) }
	anyDir := func(n int) string { return fmt.Sprintf("/%d/x.php", n) }
	one := func(int) int { return 1 }
	each := func(n int) int { return n }
	for name, c := range map[string]struct {
		site     *Site
		path     func(int) string
		network  func(int) int
		want     int
		overflow Overflow
	}{
		"one directory, later":         {closed(), oneDir, each, 400, OverflowDirectory},
		"one network, later":           {closed(), anyDir, one, 100, OverflowNetwork},
		"many of both, later":          {closed(), anyDir, each, 10_000, OverflowScripts},
		"one directory while learning": {NewSite("a", start), oneDir, each, 10_000, OverflowDirectory},
		"one network while learning":   {NewSite("a", start), anyDir, one, 10_000, OverflowNetwork},
		"many of both while learning":  {NewSite("a", start), anyDir, each, 20_000, OverflowScripts},
	} {
		got := count(c.site, c.path, c.network)
		if got != c.want || c.site.Scripts.Overflows(c.overflow) != uint64(60_000-got) {
			t.Errorf("%s: %d admitted, want %d; %d overflows", name, got, c.want, c.site.Scripts.Overflows(c.overflow))
		}
	}
	t.Run("an operator is not bounded by them", func(t *testing.T) {
		s := closed()
		count(s, oneDir, each)
		if s.Decisions.SetTrust([]Key{{Path: "/dir/release.php"}}, Trusted, Author{Via: "test"}, start, l) != nil {
			t.Error("no room for a decision")
		}
		if !learn(s, "/another/x.php", 70_000) {
			t.Error("no room elsewhere")
		}
	})
	t.Run("what is approved or forgotten makes room", func(t *testing.T) {
		s := closed()
		count(s, oneDir, each)
		s.Decisions.SetTrust([]Key{{Path: oneDir(0)}}, Trusted, Author{Via: "test"}, start, l)
		s.Decisions.Forget([]Key{{Path: oneDir(1)}}, Author{Via: "test"}, start)
		for n := range 3 {
			if got, want := learn(s, fmt.Sprintf("/dir/more%d.php", n), 70_000+n), n < 2; got != want {
				t.Errorf("%d: %v", n, got)
			}
		}
	})
	t.Run("the count of late scripts survives a restart", func(t *testing.T) {
		s := closed()
		count(s, oneDir, each)
		o := newMemoryObjects()
		save(t, s, o, start)
		s, _, err := Open("a", o, start)
		if err != nil || learn(s, "/dir/one-more.php", 1) {
			t.Errorf("room again after a restart, %v", err)
		}
	})
	if learn(closed(), "/"+strings.Repeat("a", scriptpath.MaxPathLen)+".php", 1) {
		t.Error("a path longer than any file's got a profile")
	}
}

// Ten million random paths take a minute:
//
//	go test -run Flood -v ./baseline -flood 10000000
var floodSize = flag.Int("flood", 300_000, "random paths in the flood")

var typicalShape = typicalVisit(0).Features

func TestFloodLeavesWhatWasLearned(t *testing.T) {
	t.Run("after learning", func(t *testing.T) { flood(t, true) })
	t.Run("while learning", func(t *testing.T) { flood(t, false) })
}

func flood(t *testing.T, enforce bool) {
	s, l := NewSite("a", start), DefaultLimits()
	for n := range 1000 {
		for network := range 5 {
			s.Learn(Key{Path: fmt.Sprintf("/app/%d.php", n)}, Visit{Time: start, Status: 200, Network: uint64(network)}, l)
		}
	}
	if enforce {
		s.Phases.Enforce(Author{Via: "test"}, start)
	}
	before := heap()
	for n := range *floodSize {
		key := Key{Path: fmt.Sprintf("/%d/%d/%d.php", n%101, n*7919%100_003, n)}
		switch v := (Visit{Time: start, Status: 200, Network: uint64(n % 65_536), Features: typicalShape}); n % 3 {
		case 0: // not there
			s.NotFound.Learn(Page{Status: 404, Body: uint64(n), Wordy: n%2 == 0}, key.Path)
		case 1: // a page that answers to every name, and directories of static files
			s.NotFound.Learn(Page{Status: 200, Body: 1, Wordy: true}, key.Path)
			s.Directories.Learn("", key.Path, false)
			s.LearnRoute(Key{Path: s.Routes.Learn("", strings.TrimSuffix(key.Path, ".php"), v.Network)}, v, l)
		case 2: // really there
			s.Note(key, v, l)
			s.Learn(key, v, l)
		}
	}
	grown := int64(heap()) - int64(before)
	t.Logf("%d paths: %.1f MiB more, %d new profiles", *floodSize, float64(grown)/(1<<20), s.Scripts.Count(Provisional))
	if grown > 64<<20 {
		t.Errorf("memory grew by %d bytes", grown)
	}
	for n := range 1000 {
		if p := s.Scripts.Lookup(Key{Path: fmt.Sprintf("/app/%d.php", n)}); p == nil || enforce && p.Trust() != Trusted {
			t.Fatalf("the flood drove out script %d", n)
		}
	}
	if *floodSize >= 300_000 && s.Scripts.Overflows(OverflowScripts)+s.Scripts.Overflows(OverflowDirectory)+s.Scripts.Overflows(OverflowNetwork) == 0 {
		t.Error("nothing was counted")
	}
	runtime.KeepAlive(s)
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
