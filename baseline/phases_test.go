package baseline

import (
	"fmt"
	"testing"
)

func TestScriptsThatMayNotHaveBeenThereAreForgottenWhenLearningEnds(t *testing.T) {
	s := NewSite("a", start)
	const front = "welcome home to a page with more words than it needs to be told from any other"
	learn := func(key Key, status, networks int, body string) {
		for n := range networks {
			p := s.Learn(key, Visit{Time: start, Status: status, Network: network(s, n)}, limits)
			if f, ok := s.Hash.Fingerprint([]byte(body), ""); ok {
				p.LearnAnswer(MethodGet, f)
			}
		}
	}
	s.NotFound.LearnFront(answered(s, 200, front, "/"))
	learn(Key{Path: "/busy.php"}, 200, 10, front)
	learn(Key{Path: "/logout.php"}, 302, 3, "")
	learn(Key{Path: "/rare.php"}, 200, 1, "what only this page says, and it says it with more than twelve words of its own")
	learn(Key{Path: "/terse.php"}, 200, 1, "ok")
	learn(Key{Path: "/asked-for-once.php"}, 302, 1, "")
	learn(Key{Path: "/front-answered.php"}, 200, 2, front)
	learn(Key{Root: "/srv", Path: "/file-is-there.php"}, 302, 1, "")
	s.Phases.Enforce("test", start)
	for path, want := range map[string]bool{
		"/busy.php": true, "/logout.php": true, "/rare.php": true, "/terse.php": true, "/asked-for-once.php": false, "/front-answered.php": false,
	} {
		if got := s.Scripts.Lookup(Key{Path: path}) != nil; got != want {
			t.Errorf("%s: kept %v", path, got)
		}
	}
	if s.Scripts.Lookup(Key{Root: "/srv", Path: "/file-is-there.php"}) == nil {
		t.Error("a script whose file told is gone")
	}
}

func TestASiteOfOneVisitorKeepsItsScripts(t *testing.T) {
	s := NewSite("a", start)
	for n := range 5 {
		s.Learn(Key{Path: fmt.Sprintf("/%d.php", n)}, Visit{Time: start, Status: 302, Network: 1}, limits)
	}
	s.Phases.Enforce("test", start)
	if s.Scripts.Count(Trusted) != 5 {
		t.Errorf("%d scripts", s.Scripts.Count(Trusted))
	}
}

func TestLearningThatBeganInTheFuture(t *testing.T) {
	s := NewSite("a", start.AddDate(1, 0, 0))
	s.Phases.Advance(start, limits)
	if !s.Phases.Started().Equal(start) {
		t.Errorf("started %v", s.Phases.Started())
	}
	if d := s.Decisions.List(); len(d) != 1 {
		t.Errorf("%+v", d)
	}
	s.Phases.Advance(start.Add(-clockSlack), limits)
	if !s.Phases.Started().Equal(start) {
		t.Error("a small step back began learning anew")
	}
}
