package baseline

import (
	"fmt"
	"testing"
	"time"
)

// other has some networks be served what is no script.
func other(s *Site, networks int, at time.Time) {
	for n := range networks {
		s.Coverage.LearnOther(network(s, 1000+n), at)
	}
}

func TestAHandfulOfStrayScriptsDoesNotKeepLearningFromEnding(t *testing.T) {
	for name, c := range map[string]struct {
		scripts, networks, others int
		want                      Phase
	}{
		"one network asked once":                           {1, 1, 3, Enforcing},
		"one network asked for a few":                      {5, 1, 5, Enforcing},
		"two networks asked for the same":                  {2, 2, 30, Enforcing},
		"three did, and hundreds for other things":         {1, 3, 300, Enforcing},
		"five did, and hundreds for other things":          {1, 5, 300, Enforcing},
		"three did, and hardly anybody for other things":   {1, 3, 30, Learning},
		"nobody asked for other things":                    {1, 1, 0, Learning},
		"two networks asked for other things":              {1, 1, 2, Learning},
		"fewer networks asked for other things":            {5, 1, 4, Learning},
		"more than a handful is part of the site":          {6, 1, 300, Learning},
		"few scripts that several networks use are, too":   {1, 8, 1000, Learning},
		"and many names that answered once, as ever":       {100, 1, 1000, Learning},
		"the same from many networks, as on a site of PHP": {100, 1, 30, Learning},
	} {
		s := NewSite("a", start)
		for i := range c.scripts {
			for n := range c.networks {
				if c.scripts == c.networks && n != i {
					continue // each its own
				}
				visit(s, fmt.Sprintf("/%d.php", i), n, start)
			}
		}
		other(s, c.others, start.Add(2*time.Minute))
		if got := s.Phases.Advance(start.Add(time.Hour-1), limits); got != Learning {
			t.Errorf("%s: %s before the minimum", name, got)
		}
		if got := s.Phases.Advance(start.Add(2*time.Hour), limits); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
		if coverage, _ := s.Coverage.Value(); coverage != max(0, coverage) || coverage > 0.95 {
			t.Errorf("%s: coverage %v", name, coverage)
		}
	}
}

func TestStrayScriptsAreNotTrusted(t *testing.T) {
	s := NewSite("a", start)
	p := visit(s, "/1.php", 1, start)
	other(s, 30, start.Add(90*time.Minute))
	if s.Phases.Advance(start.Add(2*time.Hour), limits) != Enforcing || p.Trust() != Provisional {
		t.Errorf("%s, %s", s.Phases.Phase(), p.Trust())
	}
	if got := s.Phases.Closed(); !got.Equal(start.Add(90 * time.Minute)) {
		t.Errorf("ended at %v, before anybody had asked for anything else", got)
	}
}

func TestOtherTrafficIsKept(t *testing.T) {
	s, o := NewSite("a", start), newMemoryObjects()
	visit(s, "/1.php", 1, start)
	other(s, 30, start)
	if err := s.Save(o, start); err != nil {
		t.Fatal(err)
	}
	got, _, err := Open("a", o, start)
	if err != nil || got.Coverage.otherNetworks() != s.Coverage.otherNetworks() || got.Phases.Advance(start.Add(time.Hour), limits) != Enforcing {
		t.Fatalf("%d of %d networks: %v", got.Coverage.otherNetworks(), s.Coverage.otherNetworks(), err)
	}
	got.Phases.Relearn(Author{Via: "test"}, start)
	if n := got.Coverage.otherNetworks(); n != 0 {
		t.Errorf("%d networks after learning began anew", n)
	}
}

func TestAPostAnsweredLikeTheFrontIsForgotten(t *testing.T) {
	s := NewSite("a", start)
	const front = "welcome home to a page with more words than it needs to be told from any other"
	s.NotFound.LearnFront(answered(s, 200, front, "/"))
	for path, body := range map[string]string{"/1.php": front, "/form.php": "what only this page says, and it says it with more than twelve words of its own"} {
		p := s.Learn(Key{Path: path}, Visit{Time: start, Method: MethodPost, Status: 200, Network: 1}, limits)
		f, ok := s.Hash.Fingerprint([]byte(body), "")
		if !ok {
			t.Fatal("too few words")
		}
		p.LearnAnswer(MethodPost, f)
	}
	other(s, 5, start)
	s.Phases.Enforce(Author{Via: "test"}, start)
	if s.Scripts.Lookup(Key{Path: "/1.php"}) != nil || s.Scripts.Lookup(Key{Path: "/form.php"}) == nil {
		t.Error("a made-up name stayed, or a form did not")
	}
}
