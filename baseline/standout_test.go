package baseline

import (
	"fmt"
	"slices"
	"testing"
)

// shop is a site with pages, some forms and a program that calls itself.
func shop(t *testing.T) *Site {
	t.Helper()
	s := NewSeededSite("a", start, [2]uint64{1, 2})
	page := RequestFeatures{Referrer: "https://example.com/", Answered: -1}
	for n := range 20 {
		for i := range 30 {
			s.Learn(Key{Path: fmt.Sprintf("/page%d.php", i)}, Visit{Time: start, Method: MethodGet, Status: 200, Network: network(s, n), Features: page}, limits)
		}
		s.Learn(Key{Path: "/form.php"}, Visit{Time: start, Method: MethodGet, Status: 200, Network: network(s, n), Features: page}, limits)
		s.Learn(Key{Path: "/form.php"}, Visit{Time: start, Method: MethodPost, Status: 200, Network: network(s, n), Features: page,
			Payload: true, Referer: HasReferer, Sending: Sending{Some: true, Regular: true, Agent: uint64(n) << 32}}, limits)
		// Crawlers.
		s.Learn(Key{Path: "/search.php"}, Visit{Time: start, Method: MethodGet, Status: 200, Network: network(s, n), Features: RequestFeatures{Answered: -1},
			Referer: NoReferer, Sending: Sending{Some: true, Agent: 5 << 32}}, limits)
	}
	command(s, "/cron.php", 1, nil)
	return s
}

// command sends a script payloads from nowhere by strangers of some networks.
func command(s *Site, path string, networks int, change func(n int, v *Visit)) {
	for n := range networks {
		for i := range 5 {
			v := Visit{Time: start, Method: MethodPost, Status: 200, Network: network(s, 100+n), Features: RequestFeatures{Answered: -1}, Payload: true, Referer: NoReferer,
				Sending: Sending{Some: true, Agent: uint64(i+1) << 40}}
			if change != nil {
				change(n, &v)
			}
			s.Learn(Key{Path: path}, v, limits)
		}
	}
}

func told(s *Site) (paths []string) {
	for _, p := range s.Scripts.Standouts() {
		paths = append(paths, p.key.Path)
	}
	slices.Sort(paths)
	return paths
}

// However many networks use it, and if one in ten of them behaves.
func TestShellThatWasThereStandsOut(t *testing.T) {
	behaves := func(v *Visit) {
		v.Referer, v.Sending.Regular, v.Features.Referrer = HasReferer, true, "https://example.com/"
	}
	for name, c := range map[string]struct {
		networks int
		change   func(n int, v *Visit)
		told     bool
	}{
		"one network":    {1, nil, true},
		"four networks":  {4, nil, true},
		"forty networks": {40, nil, true},
		"forty, of which three behave": {40, func(n int, v *Visit) {
			if n < 3 {
				behaves(v)
			}
		}, true},
		"half of which behave": {40, func(n int, v *Visit) {
			if n%2 == 0 {
				behaves(v)
			}
		}, false},
		"forged referers":                              {4, func(_ int, v *Visit) { v.Referer, v.Features.Referrer = HasReferer, "https://example.com/" }, true},
		"commands in queries":                          {4, func(_ int, v *Visit) { v.Method, v.Payload = MethodGet, false }, false},
		"commands in queries, answered without markup": {4, func(_ int, v *Visit) { v.Method, v.Payload, v.Sending.Bare = MethodGet, false, true }, true},
		"commands in queries that nobody can read":     {4, func(_ int, v *Visit) { v.Method, v.Payload, v.Sending.Opaque = MethodGet, false, true }, true},
		"of visitors whose browsers send no Referer":   {4, func(_ int, v *Visit) { v.Sending.Regular = true }, false},
		"the origin is in no log":                      {4, func(_ int, v *Visit) { v.Referer, v.Sending.Regular = RefererUnknown, true }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := shop(t)
			command(s, "/lib/x.php", c.networks, c.change)
			s.Phases.Enforce(Author{Via: "test"}, start)
			p := s.Scripts.Lookup(Key{Path: "/lib/x.php"})
			if p.Standout().Told() != c.told || slices.Contains(told(s), "/lib/x.php") != c.told {
				t.Errorf("%+v", p.Standout())
			}
			if wants := c.told || c.networks < trustedNetworks; (p.Trust() == Provisional) != wants || p.Novel() {
				t.Errorf("%s, novel %t", p.Trust(), p.Novel())
			}
			list, _ := s.Scripts.Review()
			if place := slices.Index(list, p); c.told && (place < 0 || place > 1) {
				t.Errorf("place %d on the review list", place+1)
			}
			for _, honest := range []string{"/page0.php", "/form.php", "/search.php"} {
				if p := s.Scripts.Lookup(Key{Path: honest}); p.Standout().Told() || p.Trust() != Trusted {
					t.Errorf("%s: %s, %+v", honest, p.Trust(), p.Standout())
				}
			}
		})
	}
}

// It is a comparison with the others.
func TestSitesWhereAllScriptsAreAlike(t *testing.T) {
	for _, n := range []int{1, 3, 5, 30} {
		s := NewSeededSite("a", start, [2]uint64{1, 2})
		for i := range n {
			command(s, fmt.Sprintf("/api/%d.php", i), 20, nil)
		}
		s.Phases.Enforce(Author{Via: "test"}, start)
		if list := told(s); len(list) > 0 {
			t.Errorf("of %d scripts for programs %v stand out", n, list)
		}
	}
}

func TestStandoutIsKeptUntilSomebodyDecides(t *testing.T) {
	s := shop(t)
	command(s, "/lib/x.php", 4, nil)
	command(s, "/decided.php", 4, nil)
	s.Decisions.SetTrust([]Key{{Path: "/decided.php"}}, Trusted, Author{Via: "test"}, start, limits)
	s.Phases.Enforce(Author{Via: "test"}, start)
	want := s.Scripts.Lookup(Key{Path: "/lib/x.php"}).Standout()
	o := newMemoryObjects()
	if err := s.Save(o, start); err != nil {
		t.Fatal(err)
	}
	again, stored, err := Open("a", o, start)
	if err != nil || !stored {
		t.Fatal(stored, err)
	}
	for _, s := range []*Site{s, again} {
		if list := told(s); !slices.Equal(list, []string{"/cron.php", "/lib/x.php"}) {
			t.Errorf("%v", list)
		}
		if got := s.Scripts.Lookup(Key{Path: "/lib/x.php"}).Standout(); got.Traits != want.Traits || got.Bits < want.Bits-0.11 || got.Bits > want.Bits {
			t.Errorf("%+v, not %+v", got, want)
		}
		command(s, "/lib/x.php", 100, func(_ int, v *Visit) { v.Referer, v.Sending.Regular = HasReferer, true })
		if list := told(s); len(list) != 2 {
			t.Errorf("traffic takes it back: %v", list)
		}
		s.Decisions.SetTrust([]Key{{Path: "/lib/x.php"}}, Denied, Author{Via: "test"}, start, limits)
		s.Decisions.SetTrust([]Key{{Path: "/cron.php"}}, Trusted, Author{Via: "test"}, start, limits)
		if list := told(s); len(list) != 0 {
			t.Errorf("decided, and still told of: %v", list)
		}
	}
}

// What is learned of a site before a restart in the middle of learning counts.
func TestCallersOutliveARestart(t *testing.T) {
	s := shop(t)
	command(s, "/lib/x.php", 4, nil)
	again := reopened(t, s, start)
	s.Phases.Enforce(Author{Via: "test"}, start)
	again.Phases.Enforce(Author{Via: "test"}, start)
	if a, b := told(s), told(again); len(a) != 2 || !slices.Equal(a, b) {
		t.Errorf("%v, after a restart %v", a, b)
	}
}

func TestFewAreTold(t *testing.T) {
	s := shop(t)
	for i := range 200 {
		s.Learn(Key{Path: fmt.Sprintf("/more%d.php", i)}, Visit{Time: start, Method: MethodGet, Status: 200, Network: network(s, 1), Features: RequestFeatures{Answered: -1}}, limits)
	}
	for i := range maxTold + 2 {
		command(s, fmt.Sprintf("/x%d.php", i), 3, nil)
	}
	s.Phases.Enforce(Author{Via: "test"}, start)
	if list, further := s.Scripts.TellStandouts(); len(list) != maxTold || further != 3 {
		t.Errorf("%d told, %d further", len(list), further)
	}
}
