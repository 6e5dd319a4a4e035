package baseline

import (
	"fmt"
	"testing"
	"time"
)

// staff is a visit to a candidate by a network that reads the site's pages.
func staff(s *Site, status, n int) CandidateVisit {
	return CandidateVisit{Visit: Visit{Time: start, Method: MethodGet, Status: status, Network: network(s, n)}, Visitor: true}
}

// alien is one by a network of which nothing is known.
func alien(s *Site, status, n int) CandidateVisit {
	v := staff(s, status, n)
	v.Visitor = false
	return v
}

// candidates is a site that learns from three visitors and more, and that answers 404 to
// as many missing names.
func candidates(missing int) *Site {
	s := NewSeededSite("a", start, [2]uint64{1, 2})
	for n := range 10 {
		visit(s, "/index.php", n, start)
	}
	for n := range missing {
		s.Candidates.LearnMissing(Key{Path: fmt.Sprintf("/missing-%d.php", n)})
	}
	return s
}

func TestACandidateThatSeveralNetworksUseIsAScript(t *testing.T) {
	for _, status := range []int{302, 307, 401, 403, 405, 422, 500} {
		s, key := candidates(3), Key{Path: "/form.php"}
		for n := range 3 {
			if s.Scripts.Lookup(key) != nil {
				t.Fatalf("%d: a script after %d networks", status, n)
			}
			if _, samples := s.Coverage.Value(); samples != 10 {
				t.Fatalf("%d: a candidate counts for coverage", status)
			}
			v := staff(s, status, n)
			v.Method = MethodPost
			s.Candidates.Learn(key, v, limits)
		}
		p := s.Scripts.Lookup(key)
		if p == nil || p.Networks() != 3 || !p.KnowsMethod(MethodPost) || p.Visits(MethodPost) != 3 || s.Scripts.Visits() != 13 {
			t.Fatalf("%d: %+v", status, p)
		}
		if _, samples := s.Coverage.Value(); samples != 13 {
			t.Errorf("%d: %d samples", status, samples)
		}
		s.Phases.Enforce(Author{Via: "test"}, start)
		if p := s.Scripts.Lookup(key); p == nil || p.Trust() != Trusted {
			t.Errorf("%d: %+v", status, p)
		}
	}
}

func TestACandidateThatAnswersWithSuccessIsAScriptWithAllItLearned(t *testing.T) {
	s, key := candidates(0), Key{Path: "/form.php"}
	post := staff(s, 302, 1)
	post.Method = MethodPost
	s.Candidates.Learn(key, post, limits)
	p := visit(s, key.Path, 2, start)
	if p == nil || !p.KnowsMethod(MethodPost) || p.Networks() != 2 {
		t.Fatalf("%+v", p)
	}
	if _, samples := s.Coverage.Value(); samples != 12 {
		t.Errorf("%d samples", samples)
	}
}

func TestNamesAreNotMadeKnown(t *testing.T) {
	shells := []string{"/shell.php", "/1.php", "/wp-login.php", "/up.php", "/c99.php", "/x.php"}
	for name, play := range map[string]func(*Site){
		"all names are answered so": func(s *Site) {
			for n := range 50 {
				for _, shell := range shells {
					s.Candidates.Learn(Key{Path: shell}, alien(s, 302, n), limits)
				}
			}
		},
		"all names are answered so, but for a few in a hidden directory": func(s *Site) {
			for n := range 4 {
				s.Candidates.LearnMissing(Key{Path: fmt.Sprintf("/.git/%d.php", n)})
			}
			for n := range 50 {
				for _, shell := range shells {
					s.Candidates.Learn(Key{Path: shell}, alien(s, 403, n), limits)
				}
			}
		},
		"whoever asks for many names is answered so after some": func(s *Site) {
			for n := range 20 {
				s.Candidates.LearnMissing(Key{Path: fmt.Sprintf("/missing-%d.php", n)})
			}
			for n := range 50 {
				for _, shell := range shells {
					v := alien(s, 403, n)
					v.Prober = true
					s.Candidates.Learn(Key{Path: shell}, v, limits)
				}
			}
		},
		"they are missing more often": func(s *Site) {
			for n := range 20 {
				for _, shell := range shells {
					s.Candidates.LearnMissing(Key{Path: shell})
					if n < 4 {
						s.Candidates.Learn(Key{Path: shell}, alien(s, 503, n), limits)
					}
				}
			}
		},
		"all names of their directory are": func(s *Site) {
			for n := range 200 {
				s.Candidates.LearnMissing(Key{Path: fmt.Sprintf("/missing-%d.php", n)})
			}
			for n := range 50 {
				for _, shell := range shells {
					v := alien(s, 302, n)
					v.Prober = n%2 == 0
					s.Candidates.Learn(Key{Path: "/admin" + shell}, v, limits)
				}
			}
		},
		"a few names are refused to everybody": func(s *Site) {
			for n := range 200 {
				s.Candidates.LearnMissing(Key{Path: fmt.Sprintf("/missing-%d.php", n)})
				s.Candidates.Learn(Key{Path: shells[0]}, alien(s, 403, n), limits)
			}
		},
		"one or two networks asked for them": func(s *Site) {
			for n := range 20 {
				s.Candidates.LearnMissing(Key{Path: fmt.Sprintf("/missing-%d.php", n)})
			}
			for n := range 2 {
				s.Candidates.Learn(Key{Path: shells[0]}, alien(s, 302, n), limits)
			}
		},
	} {
		s := candidates(0)
		play(s)
		s.Phases.Enforce(Author{Via: "test"}, start)
		for p := range s.Scripts.All() {
			if p.Key().Path != "/index.php" {
				t.Errorf("%s: %s is known", name, p.Key().Path)
			}
		}
	}
}

// The evidence may show only in the end what the site answers to made-up names.
func TestCandidatesAreSettledWhenLearningEnds(t *testing.T) {
	s := candidates(3)
	for n := range 3 {
		s.Candidates.Learn(Key{Path: "/first.php"}, alien(s, 302, n), limits)
	}
	if s.Scripts.Lookup(Key{Path: "/first.php"}) == nil {
		t.Fatal("nothing speaks against it yet")
	}
	for n := range 30 {
		s.Candidates.Learn(Key{Path: fmt.Sprintf("/made-up-%d.php", n)}, alien(s, 302, 100), limits)
	}
	s.Phases.Enforce(Author{Via: "test"}, start)
	if s.Scripts.Lookup(Key{Path: "/first.php"}) != nil || s.Scripts.Count(Trusted) != 1 {
		t.Error("it stays known")
	}
	if _, samples := s.Coverage.Value(); samples != 10 {
		t.Errorf("%d samples", samples)
	}
}

func TestWhatOneVisitorUsesIsListed(t *testing.T) {
	s := candidates(20)
	for n := range 16 {
		for range 5 {
			s.Candidates.Learn(Key{Path: fmt.Sprintf("/wp-admin/%d.php", n)}, staff(s, 302, 1), limits)
		}
	}
	s.Candidates.Learn(Key{Path: "/asked-for.php"}, alien(s, 302, 2), limits)
	s.Phases.Enforce(Author{Via: "test"}, start)
	if s.Scripts.Count(Provisional) != 16 || s.Scripts.Lookup(Key{Path: "/asked-for.php"}) != nil {
		t.Errorf("%d provisional", s.Scripts.Count(Provisional))
	}
	if list, further := s.Scripts.Review(); len(list)+further != 16 || list[0].Novel() {
		t.Errorf("%d on the review list", len(list)+further)
	}
}

// On a private site nobody asks for missing names: that its visitors follow its links to
// a page tells as much.
func TestVisitorsFollowLinksToPagesThatExist(t *testing.T) {
	s := candidates(0)
	for n := range 3 {
		v := staff(s, 302, n)
		v.Linked = true
		s.Candidates.Learn(Key{Path: "/linked.php"}, v, limits)
		s.Candidates.Learn(Key{Path: "/typed.php"}, staff(s, 302, n), limits)
	}
	s.Phases.Enforce(Author{Via: "test"}, start)
	if s.Scripts.Lookup(Key{Path: "/linked.php"}) == nil || s.Scripts.Lookup(Key{Path: "/typed.php"}) != nil {
		t.Error("links do not count")
	}
}

func TestAFloodOfNamesLeavesRoomForCandidates(t *testing.T) {
	wide := limits
	wide.MaxScripts = 100_000
	for name, f := range map[string]struct{ networks, askers int }{
		"of one network": {1, 1}, "of many": {60_000, 1}, "of many that ask for the same": {60_000, 3},
	} {
		s := candidates(100)
		flood := func(from, to int) {
			for i := from; i < to; i++ {
				for n := range f.askers {
					s.Candidates.Learn(Key{Path: fmt.Sprintf("/%d.php", i)}, alien(s, 403, 100+(i+n)%f.networks), wide)
				}
			}
		}
		flood(0, 20_000)
		for n := range 3 {
			s.Candidates.Learn(Key{Path: "/staff.php"}, staff(s, 302, n), wide)
			flood(20_000+n*100, 20_000+(n+1)*100)
		}
		if s.Scripts.Lookup(Key{Path: "/staff.php"}) == nil {
			t.Errorf("%s: no room", name)
		}
		if n := len(s.Candidates.list); n > maxCandidates {
			t.Errorf("%s: %d candidates", name, n)
		}
		if coverage, samples := s.Coverage.Value(); samples != 13 || coverage < 0.6 {
			t.Errorf("%s: coverage %v of %d", name, coverage, samples)
		}
		s.Phases.Enforce(Author{Via: "test"}, start)
		if n := s.Scripts.size(); n != 2 {
			t.Errorf("%s: %d scripts", name, n)
		}
	}
}

func TestPagesOfScriptsSayNothingAboutMissingNames(t *testing.T) {
	s := candidates(20)
	redirect := answered(s, 302, "", "/")
	front := answered(s, 200, "<html> every page of the back office has the same long head with the same many words in it", "/wp-admin/")
	s.NotFound.LearnFront(front)
	for i := range 7 {
		path := fmt.Sprintf("/wp-admin/%d.php", i)
		s.NotFound.Learn(redirect, path)
		for n := range 3 {
			v := staff(s, 302, n)
			v.Page = &redirect
			s.Candidates.Learn(Key{Path: path}, v, limits)
		}
	}
	v := staff(s, 200, 1)
	v.Page = &front
	s.Candidates.Learn(Key{Path: "/wp-admin/page.php"}, v, limits)
	for _, page := range []Page{redirect, front} {
		if missing, _ := s.NotFound.Means(page); !missing {
			t.Error("while learning, such a page may be one of missing names")
		}
	}
	s.Phases.Enforce(Author{Via: "test"}, start)
	for _, page := range []Page{redirect, front} {
		if missing, _ := s.NotFound.Means(page); missing {
			t.Errorf("%d: scripts answer so", page.Status)
		}
	}
}

func TestCandidatesAreStored(t *testing.T) {
	s, stored := candidates(3), newMemoryObjects()
	page := answered(s, 302, "", "/")
	for n := range 2 {
		v := staff(s, 302, n)
		v.Page, v.Linked, v.Method = &page, true, MethodPost
		s.Candidates.Learn(Key{Path: "/form.php"}, v, limits)
	}
	for n := range 3 {
		s.Candidates.Learn(Key{Path: "/promoted.php"}, staff(s, 302, n), limits)
	}
	save(t, s, stored, start)
	again, _, err := Open("a", stored, start)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Candidates.list) != 2 || again.Scripts.size() != 2 || again.Dirty() {
		t.Errorf("%d candidates, %d scripts, dirty %v", len(again.Candidates.list), again.Scripts.size(), again.Dirty())
	}
	if p := again.Candidates.Learn(Key{Path: "/form.php"}, staff(s, 302, 2), limits); p == nil || p.Networks() != 3 || !p.KnowsMethod(MethodPost) {
		t.Errorf("%+v", p)
	}
	again.Phases.Enforce(Author{Via: "test"}, start)
	if again.Scripts.Count(Trusted) != 3 {
		t.Errorf("%d trusted", again.Scripts.Count(Trusted))
	}
}

func TestAnOperatorHasACandidateForgotten(t *testing.T) {
	s, key := candidates(3), Key{Path: "/form.php"}
	for n := range 3 {
		s.Candidates.Learn(key, staff(s, 302, n), limits)
	}
	if s.Decisions.Forget([]Key{key}, Author{Via: "test"}, start) != 1 {
		t.Fatal("it was no script")
	}
	if s.Candidates.Learn(key, staff(s, 302, 3), limits) != nil {
		t.Error("it is not new again")
	}
	s.Phases.Enforce(Author{Via: "test"}, start)
	if p := s.Scripts.Lookup(key); p == nil || p.Networks() != 1 {
		t.Errorf("%+v", p)
	}
}

func TestRelearnForgetsCandidates(t *testing.T) {
	s := candidates(3)
	for n := range 2 {
		s.Candidates.Learn(Key{Path: "/form.php"}, staff(s, 302, n), limits)
	}
	s.Phases.Relearn(Author{Via: "test"}, start.Add(time.Hour))
	if s.Candidates.Learn(Key{Path: "/form.php"}, staff(s, 302, 2), limits) != nil || s.Candidates.missing.gone.Count() != 0 {
		t.Error("it remembers")
	}
}
