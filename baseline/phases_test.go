package baseline

import (
	"fmt"
	"testing"
	"time"
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
	s.Phases.Enforce(Author{Via: "test"}, start)
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
	s.Phases.Enforce(Author{Via: "test"}, start)
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

func TestEnforceEndsLearningAtOnce(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start)
	if !s.Phases.Enforce(Author{Via: "test"}, start) || s.Phases.Advance(start, limits) != Enforcing || s.Scripts.Lookup(Key{Path: "/a.php"}).Trust() != Trusted {
		t.Error("still learning")
	}
	if s.Phases.Enforce(Author{Via: "again"}, start) {
		t.Error("ended twice")
	}
}

func TestRelearnForgetsAllButDecisions(t *testing.T) {
	s := NewSite("a", start)
	always := Limits{LearnMin: time.Hour, MaxScripts: 1000}
	for n := range 10 {
		visit(s, "/learned.php", n, start)
	}
	s.Phases.Advance(start.Add(time.Hour), always)
	visit(s, "/late.php", 1, start.Add(time.Hour))
	s.Decisions.SetTrust([]Key{{Path: "/approved.php"}}, Trusted, Author{Via: "test"}, start, always)
	s.Decisions.SetTrust([]Key{{Path: "/denied.php"}}, Denied, Author{Via: "test"}, start, always)
	again := start.Add(48 * time.Hour)
	s.Phases.Relearn(Author{Via: "test"}, again)
	if s.Phases.Advance(again, always) != Learning || s.Scripts.Lookup(Key{Path: "/learned.php"}) != nil || s.Scripts.Lookup(Key{Path: "/late.php"}) != nil {
		t.Error("it remembers")
	}
	if s.Scripts.Lookup(Key{Path: "/approved.php"}).Trust() != Trusted || s.Scripts.Lookup(Key{Path: "/denied.php"}).Trust() != Denied {
		t.Error("an operator's decision is lost")
	}
	if _, samples := s.Coverage.Value(); samples != 0 || s.Scripts.Count(Trusted) != 1 || s.Scripts.Count(Provisional) != 0 || s.Coverage.UnseenRate() != 0.5 {
		t.Errorf("the books: %d samples, %d trusted, %d provisional, unseen %v", samples, s.Scripts.Count(Trusted), s.Scripts.Count(Provisional), s.Coverage.UnseenRate())
	}
	visit(s, "/new.php", 1, again)
	if s.Phases.Advance(again.Add(time.Hour), always) != Enforcing || s.Scripts.Lookup(Key{Path: "/new.php"}).Novel() {
		t.Error("it does not learn again")
	}
}

func TestClockGoingBackwards(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start.Add(30*24*time.Hour))
	visit(s, "/a.php", 1, start.Add(-30*24*time.Hour))
	p := s.Scripts.Lookup(Key{Path: "/a.php"})
	if !p.LastSeen().Equal(start.Add(30 * 24 * time.Hour)) {
		t.Error("what was seen last went back")
	}
	if s.Phases.Advance(start.Add(-time.Hour), Limits{LearnMin: time.Hour, MaxScripts: 10}) != Learning {
		t.Error("learning ended before it began")
	}
	s.Phases.Enforce(Author{Via: "test"}, start)
	if s.Phases.Advance(start.Add(-time.Hour), limits) != Enforcing {
		t.Error("an hour back, it learns again")
	}
}

func TestScriptsAmongDataNeedTenTimesTheNetworks(t *testing.T) {
	s := NewSite("a", start)
	for n := range 40 {
		visit(s, "/a.php", n, start)
		visit(s, "/images/gallery.php", n, start)
		if n < 8 {
			visit(s, "/uploads/x.php", n, start)
		}
	}
	s.Phases.Enforce(Author{Via: "test"}, start)
	if s.Scripts.Lookup(Key{Path: "/uploads/x.php"}).Trust() != Provisional || s.Scripts.Lookup(Key{Path: "/images/gallery.php"}).Trust() != Trusted {
		t.Error("eight networks vouched for an upload, or forty not for a gallery")
	}
	if list, _ := s.Scripts.Review(); len(list) != 1 || list[0].Key().Path != "/uploads/x.php" {
		t.Errorf("%d on the review list", len(list))
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

func TestTrustIsDecidedWhenLearningEnds(t *testing.T) {
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
	s.Decisions.SetTrust([]Key{{Path: "/late.php"}}, Trusted, Author{Via: "test"}, start, always)
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
