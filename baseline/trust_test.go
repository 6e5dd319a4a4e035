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
	s.Phase(start.Add(time.Hour), limits)
	s.SetTrust(Key{Path: "/b.php"}, Denied, "shell, says Ann", start.Add(2*time.Hour), limits)
	s.SetTrust(Key{Path: "/b.php"}, Trusted, "a mistake", start.Add(3*time.Hour), limits)
	s.Forget(Key{Path: "/b.php"}, "deleted", start.Add(4*time.Hour))
	s.Deploy(time.Hour, "release 7", start.Add(5*time.Hour))
	s.Relearn("new shop", start.Add(6*time.Hour))
	s.Enforce("in a hurry", start.Add(7*time.Hour))
	want := []string{"enforcing", "denied", "trusted", "forgotten", "deploy window of 1h0m0s", "learning", "enforcing"}
	list := s.Decisions()
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
		s.decide(Decision{Time: start, Decided: "x", Reason: fmt.Sprint(n)})
	}
	if list := s.Decisions(); len(list) != maxDecisions || list[maxDecisions-1].Reason != fmt.Sprint(3*maxDecisions-1) {
		t.Errorf("%d decisions, the last %+v", len(list), list[len(list)-1])
	}
}

func TestEnforceEndsLearningAtOnce(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start)
	if !s.Enforce("test", start) || s.Phase(start, limits) != Enforcing || s.Lookup(Key{Path: "/a.php"}).Trust() != Trusted {
		t.Error("still learning")
	}
	if s.Enforce("again", start) {
		t.Error("ended twice")
	}
}

func TestRelearnForgetsAllButDecisions(t *testing.T) {
	s := NewSite("a", start)
	always := Limits{LearnMin: time.Hour, MaxScripts: 1000}
	for n := range 10 {
		visit(s, "/learned.php", n, start)
	}
	s.Phase(start.Add(time.Hour), always)
	visit(s, "/late.php", 1, start.Add(time.Hour))
	s.SetTrust(Key{Path: "/approved.php"}, Trusted, "test", start, always)
	s.SetTrust(Key{Path: "/denied.php"}, Denied, "test", start, always)
	again := start.Add(48 * time.Hour)
	s.Relearn("test", again)
	if s.Phase(again, always) != Learning || s.Lookup(Key{Path: "/learned.php"}) != nil || s.Lookup(Key{Path: "/late.php"}) != nil {
		t.Error("it remembers")
	}
	if s.Lookup(Key{Path: "/approved.php"}).Trust() != Trusted || s.Lookup(Key{Path: "/denied.php"}).Trust() != Denied {
		t.Error("an operator's decision is lost")
	}
	if _, samples := s.Coverage(); samples != 0 || s.Scripts(Trusted) != 1 || s.Scripts(Provisional) != 0 || s.UnseenRate() != 0.5 {
		t.Errorf("the books: %d samples, %d trusted, %d provisional, unseen %v", samples, s.Scripts(Trusted), s.Scripts(Provisional), s.UnseenRate())
	}
	visit(s, "/new.php", 1, again)
	if s.Phase(again.Add(time.Hour), always) != Enforcing || s.Lookup(Key{Path: "/new.php"}).Novel() {
		t.Error("it does not learn again")
	}
}

func TestForgottenScriptsAreNewAgain(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/a.php", 1, start)
	s.Enforce("test", start)
	if !s.Forget(Key{Path: "/a.php"}, "test", start) || s.Forget(Key{Path: "/a.php"}, "test", start) {
		t.Error("forgotten twice, or never")
	}
	visit(s, "/a.php", 1, start.Add(time.Hour))
	if !s.Lookup(Key{Path: "/a.php"}).Novel() {
		t.Error("a forgotten script is not new")
	}
}

func TestDeployWindow(t *testing.T) {
	s := NewSite("a", start)
	s.Enforce("test", start)
	s.Deploy(10*time.Minute, "test", start.Add(time.Hour))
	for path, at := range map[string]time.Duration{
		"/before.php": 30 * time.Minute, "/within.php": 65 * time.Minute, "/uploads/within.php": 65 * time.Minute, "/after.php": 71 * time.Minute,
	} {
		visit(s, path, 1, start.Add(at))
		p := s.Lookup(Key{Path: path})
		if want := path != "/within.php"; p.Novel() != want || p.Trust() != Provisional {
			t.Errorf("%s: novel %v, %v", path, p.Novel(), p.Trust())
		}
	}
	if begin := start.Add(time.Hour); !s.Deployed(Key{Path: "/x.php"}, begin.Add(-4*time.Millisecond)) || s.Deployed(Key{Path: "/x.php"}, begin.Add(-time.Second)) {
		t.Error("files' times are older than the clock by at most a tick")
	}
	s.Deploy(time.Hour, "test", start.Add(2*time.Hour))
	s.Deploy(0, "done", start.Add(2*time.Hour+time.Minute))
	if s.Deployed(Key{Path: "/x.php"}, start.Add(2*time.Hour+2*time.Minute)) {
		t.Error("a window that was ended is open")
	}
}

func TestReviewIsShortAndRiskiestFirst(t *testing.T) {
	s := NewSite("a", start)
	browse := Shape{Referrer: "https://example.com/"}
	learn := func(path string, m Method, networks int, look Shape) {
		for n := range networks {
			s.Learn(Key{Path: path}, Visit{Time: start, Method: m, Status: 200, Network: network(s, n), Shape: look}, limits)
		}
	}
	for n := range 30 {
		learn(fmt.Sprintf("/page%02d.php", n), MethodGet, 5, browse)
	}
	for n := range 30 {
		learn(fmt.Sprintf("/rare%02d.php", n), MethodGet, 2, browse)
	}
	learn("/uploads/shell.php", MethodPost, 1, Shape{})
	learn("/lib/shell.php", MethodPost, 1, Shape{})
	learn("/form.php", MethodPost, 2, browse)
	s.Enforce("test", start)
	visit(s, "/late.php", 1, start.Add(time.Hour))
	var got []string
	review, _ := s.Review()
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
	s.Enforce("test", start)
	p, later := s.Lookup(Key{Path: "/a.php"}), start.Add(dormantAfter+time.Second)
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
	p := s.Lookup(Key{Path: "/a.php"})
	if !p.LastSeen().Equal(start.Add(30 * 24 * time.Hour)) {
		t.Error("what was seen last went back")
	}
	if s.Phase(start.Add(-time.Hour), Limits{LearnMin: time.Hour, MaxScripts: 10}) != Learning {
		t.Error("learning ended before it began")
	}
	s.Enforce("test", start)
	if s.Phase(start.Add(-time.Hour), limits) != Enforcing {
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
	s.Enforce("test", start)
	if s.Lookup(Key{Path: "/uploads/x.php"}).Trust() != Provisional || s.Lookup(Key{Path: "/images/gallery.php"}).Trust() != Trusted {
		t.Error("eight networks vouched for an upload, or forty not for a gallery")
	}
	if list, _ := s.Review(); len(list) != 1 || list[0].Key().Path != "/uploads/x.php" {
		t.Errorf("%d on the review list", len(list))
	}
}
