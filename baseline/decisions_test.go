package baseline

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestDecisionsAreKeptWithTheirReason(t *testing.T) {
	s := NewSite("a", start)
	for n := range 100 {
		visit(s, "/a.php", n, start)
	}
	s.Phases.Advance(start.Add(time.Hour), limits)
	s.Decisions.SetTrust(Key{Path: "/b.php"}, Denied, "shell, says Ann", start.Add(2*time.Hour), limits)
	s.Decisions.SetTrust(Key{Path: "/b.php"}, Trusted, "a mistake", start.Add(3*time.Hour), limits)
	s.Decisions.Forget(Key{Path: "/b.php"}, "deleted", start.Add(4*time.Hour))
	s.Decisions.Deploy(time.Hour, "release 7", start.Add(5*time.Hour))
	s.Phases.Relearn("new shop", start.Add(6*time.Hour))
	s.Phases.Enforce("in a hurry", start.Add(7*time.Hour))
	want := []string{"enforcing", "denied", "trusted", "forgotten", "deploy window of 1h0m0s", "learning", "enforcing"}
	list := s.Decisions.List()
	if len(list) != len(want) {
		t.Fatalf("%d decisions: %+v", len(list), list)
	}
	for i, d := range list {
		if d.Decided != want[i] || d.Reason == "" || !d.Time.Equal(start.Add(time.Duration(i+1)*time.Hour)) {
			t.Errorf("%d: %+v, want %s", i, d, want[i])
		}
	}
	if !strings.Contains(list[0].Reason, "coverage 0.9") || !strings.Contains(list[0].Reason, "1 scripts trusted") {
		t.Errorf("reason %q", list[0].Reason)
	}
	for n := range 3 * maxDecisions {
		s.log.add(Decision{Time: start, Decided: "x", Reason: fmt.Sprint(n)})
	}
	if list := s.Decisions.List(); len(list) != maxDecisions || list[maxDecisions-1].Reason != fmt.Sprint(3*maxDecisions-1) {
		t.Errorf("%d decisions, the last %+v", len(list), list[len(list)-1])
	}
}

func TestEnforceEndsLearningAtOnce(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start)
	if !s.Phases.Enforce("test", start) || s.Phases.Advance(start, limits) != Enforcing || s.Scripts.Lookup(Key{Path: "/a.php"}).Trust() != Trusted {
		t.Error("still learning")
	}
	if s.Phases.Enforce("again", start) {
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
	s.Decisions.SetTrust(Key{Path: "/approved.php"}, Trusted, "test", start, always)
	s.Decisions.SetTrust(Key{Path: "/denied.php"}, Denied, "test", start, always)
	again := start.Add(48 * time.Hour)
	s.Phases.Relearn("test", again)
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

func TestForgottenScriptsAreNewAgain(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start)
	s.Phases.Enforce("test", start)
	if !s.Decisions.Forget(Key{Path: "/a.php"}, "test", start) || s.Decisions.Forget(Key{Path: "/a.php"}, "test", start) {
		t.Error("forgotten twice, or never")
	}
	visit(s, "/a.php", 1, start.Add(time.Hour))
	if !s.Scripts.Lookup(Key{Path: "/a.php"}).Novel() {
		t.Error("a forgotten script is not new")
	}
}

func TestDeployWindow(t *testing.T) {
	s := NewSite("a", start)
	s.Phases.Enforce("test", start)
	s.Decisions.Deploy(10*time.Minute, "test", start.Add(time.Hour))
	for path, at := range map[string]time.Duration{
		"/before.php": 30 * time.Minute, "/within.php": 65 * time.Minute, "/uploads/within.php": 65 * time.Minute, "/after.php": 71 * time.Minute,
	} {
		visit(s, path, 1, start.Add(at))
		p := s.Scripts.Lookup(Key{Path: path})
		if want := path != "/within.php"; p.Novel() != want || p.Trust() != Provisional {
			t.Errorf("%s: novel %v, %v", path, p.Novel(), p.Trust())
		}
	}
	if begin := start.Add(time.Hour); !s.Decisions.Deployed(Key{Path: "/x.php"}, begin.Add(-4*time.Millisecond)) || s.Decisions.Deployed(Key{Path: "/x.php"}, begin.Add(-time.Second)) {
		t.Error("files' times are older than the clock by at most a tick")
	}
	s.Decisions.Deploy(time.Hour, "test", start.Add(2*time.Hour))
	s.Decisions.Deploy(0, "done", start.Add(2*time.Hour+time.Minute))
	if s.Decisions.Deployed(Key{Path: "/x.php"}, start.Add(2*time.Hour+2*time.Minute)) {
		t.Error("a window that was ended is open")
	}
}

func TestReviewIsShortAndRiskiestFirst(t *testing.T) {
	s := NewSite("a", start)
	browse := RequestFeatures{Referrer: "https://example.com/"}
	learn := func(path string, m Method, networks int, look RequestFeatures) {
		for n := range networks {
			s.Learn(Key{Path: path}, Visit{Time: start, Method: m, Status: 200, Network: network(s, n), Features: look}, limits)
		}
	}
	for n := range 30 {
		learn(fmt.Sprintf("/page%02d.php", n), MethodGet, 5, browse)
	}
	for n := range 30 {
		learn(fmt.Sprintf("/rare%02d.php", n), MethodGet, 2, browse)
	}
	learn("/uploads/shell.php", MethodPost, 1, RequestFeatures{})
	learn("/lib/shell.php", MethodPost, 1, RequestFeatures{})
	learn("/form.php", MethodPost, 2, browse)
	s.Phases.Enforce("test", start)
	visit(s, "/late.php", 1, start.Add(time.Hour))
	var got []string
	review, _ := s.Scripts.Review()
	for _, p := range review {
		got = append(got, p.Key().Path)
	}
	if len(got) != 10 || strings.Join(got[:3], " ") != "/uploads/shell.php /lib/shell.php /form.php" {
		t.Errorf("review list: %v", got)
	}
}

func TestDormantScripts(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start)
	s.Phases.Enforce("test", start)
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
	s.Phases.Enforce("test", start)
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
	s.Phases.Enforce("test", start)
	if s.Scripts.Lookup(Key{Path: "/uploads/x.php"}).Trust() != Provisional || s.Scripts.Lookup(Key{Path: "/images/gallery.php"}).Trust() != Trusted {
		t.Error("eight networks vouched for an upload, or forty not for a gallery")
	}
	if list, _ := s.Scripts.Review(); len(list) != 1 || list[0].Key().Path != "/uploads/x.php" {
		t.Errorf("%d on the review list", len(list))
	}
}
