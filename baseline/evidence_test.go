package baseline

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// flagged is a request of the n-th client to a script that exists.
func flagged(path string, n int, at time.Time) FlaggedRequest {
	return FlaggedRequest{
		Time: at, Client: netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 1}), Method: "POST", URI: path, Script: Key{Path: path}, Exists: true,
		Status: 200, Verdict: Malicious, Score: 20, Signals: []int{1001, 1020}, BlockedAt: "request",
	}
}

// madeUp is one to a script that nobody knows.
func madeUp(path string, n int, at time.Time) FlaggedRequest {
	r := flagged(path, n, at)
	r.Exists, r.Score = false, 90
	return r
}

func TestEvidenceOfAScript(t *testing.T) {
	s := NewSite("a", start)
	e := &s.Evidence
	first := flagged("/x.php", 1, start)
	first.Verdict, first.Score, first.BlockedAt, first.Signals = Suspicious, 11, "", []int{1001}
	e.Add(first)
	e.Add(flagged("/x.php", 2, start.Add(time.Minute)))
	weaker := flagged("/x.php", 2, start.Add(time.Hour))
	weaker.Verdict, weaker.Score, weaker.Status, weaker.Signals = Suspicious, 12, 404, []int{1002}
	e.Add(weaker)
	got, ok := e.Of(Key{Path: "/x.php"})
	if !ok || got.Verdict != Malicious || got.Score != 20 || got.Flagged != 3 || got.WouldBlock != 2 || got.Networks != 2 || fmt.Sprint(got.Signals) != "[1001 1020]" {
		t.Errorf("%+v", got)
	}
	if !got.First.Equal(start) || !got.Last.Equal(start.Add(time.Hour)) || got.Client != weaker.Client || got.Status != 404 || !got.Standing || !got.Approved.IsZero() {
		t.Errorf("%+v", got)
	}
	if _, ok := e.Of(Key{Path: "/y.php"}); ok || e.StandingScore(Key{Path: "/y.php"}) != 0 || e.StandingScore(Key{Path: "/x.php"}) != 20 {
		t.Error("evidence of another script")
	}
	if !s.Dirty() {
		t.Error("it is not to be stored")
	}
}

// What logs taught has no root, and stands for the script under any.
func TestEvidenceUnderAnyRoot(t *testing.T) {
	for _, known := range []Key{{Path: "/x.php"}, {Root: "/srv", Path: "/x.php"}} {
		s := NewSite("a", start)
		r := flagged("/x.php", 1, start)
		r.Script = known
		s.Evidence.Add(r)
		for asked, want := range map[Key]bool{{Path: "/x.php"}: true, {Root: "/srv", Path: "/x.php"}: true, {Root: "/other", Path: "/x.php"}: known.Root == ""} {
			if got, ok := s.Evidence.Of(asked); ok != want || ok && got.Key != known {
				t.Errorf("of %v, asked for %v: %v", known, asked, got)
			}
		}
		s.Decisions.SetTrust([]Key{{Root: "/srv", Path: "/x.php"}}, Trusted, Author{Via: "test"}, start.Add(time.Second), limits)
		if s.Evidence.StandingScore(known) != 0 {
			t.Errorf("%v: it stands after the approval", known)
		}
	}
}

// What a later answer took back, and what only an operator's denial is about, is
// evidence of who came, not against the script.
func TestEvidenceThatDoesNotStand(t *testing.T) {
	s := NewSite("a", start)
	back, denied := flagged("/back.php", 1, start), flagged("/denied.php", 1, start)
	back.TakenBack, denied.Denied = true, true
	for _, r := range []FlaggedRequest{back, denied} {
		s.Evidence.Add(r)
		got, ok := s.Evidence.Of(r.Script)
		if !ok || got.Flagged != 1 || got.Standing || got.Verdict != Clean || got.Score != 0 || len(got.Signals) != 0 || !got.Client.IsValid() {
			t.Errorf("%+v", got)
		}
	}
	if n := len(s.Evidence.Requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func TestEvidenceOfContainedRequests(t *testing.T) {
	s := NewSite("a", start)
	contained := flagged("/x.php", 1, start)
	contained.Contained = true
	for range 2 {
		s.Evidence.Add(contained)
	}
	if e, _ := s.Evidence.Of(contained.Script); !e.Standing || !e.Contained {
		t.Errorf("%+v", e)
	}
	s.Evidence.Add(flagged("/x.php", 1, start.Add(time.Second)))
	if e, _ := s.Evidence.Of(contained.Script); e.Contained {
		t.Errorf("one reached it: %+v", e)
	}
	s.Decisions.SetTrust([]Key{contained.Script}, Trusted, Author{Via: "test"}, start.Add(time.Minute), limits)
	contained.Time = start.Add(time.Hour)
	s.Evidence.Add(contained)
	if e, _ := s.Evidence.Of(contained.Script); !e.Standing || !e.Contained {
		t.Errorf("since the approval none reached it: %+v", e)
	}
}

func TestApprovalClearsEvidence(t *testing.T) {
	s := NewSite("a", start)
	key := Key{Path: "/x.php"}
	s.Evidence.Add(flagged("/x.php", 1, start))
	approve := func(at time.Time) { s.Decisions.SetTrust([]Key{key}, Trusted, Author{Via: "test"}, at, limits) }
	approve(start.Add(time.Minute))
	got, ok := s.Evidence.Of(key)
	if !ok || got.Standing || got.Flagged != 1 || got.Verdict != Malicious || !got.Approved.Equal(start.Add(time.Minute)) {
		t.Errorf("the record is not kept: %+v", got)
	}
	// It began before the approval, and ended after it.
	if s.Evidence.Add(flagged("/x.php", 1, start.Add(30*time.Second))); s.Evidence.StandingScore(key) != 0 {
		t.Error("what was sent before the approval stands")
	}
	later := flagged("/x.php", 2, start.Add(time.Hour))
	later.Verdict, later.Score = Suspicious, 12
	s.Evidence.Add(later)
	if got, _ := s.Evidence.Of(key); !got.Standing || got.Verdict != Suspicious || got.Score != 12 || got.Flagged != 3 {
		t.Errorf("worst since the approval: %+v", got)
	}
	if approve(start.Add(time.Second)); s.Evidence.StandingScore(key) != 0 {
		t.Error("a clock that was set back keeps an approval from counting")
	}
	for _, other := range []Trust{Denied, Provisional} {
		s.Evidence.Add(flagged("/x.php", 2, start.Add(3*time.Hour)))
		if s.Decisions.SetTrust([]Key{key}, other, Author{Via: "test"}, start.Add(4*time.Hour), limits); s.Evidence.StandingScore(key) == 0 {
			t.Errorf("%v clears it", other)
		}
	}
	if s.Decisions.Forget([]Key{key}, Author{Via: "test"}, start); s.Evidence.StandingScore(key) == 0 {
		t.Error("what is forgotten can be approved unseen")
	}
}

func TestMadeUpNamesPushNoEvidenceOut(t *testing.T) {
	s := NewSite("a", start)
	for n := range 50 {
		r := flagged(fmt.Sprintf("/known%d.php", n), n, start)
		r.Verdict, r.Score = Suspicious, 10
		s.Evidence.Add(r)
	}
	for n := range 3 * maxEvidenceScripts {
		s.Evidence.Add(madeUp(fmt.Sprintf("/%d.php", n), n, start.Add(time.Duration(n)*time.Second)))
	}
	long := madeUp("/"+string(make([]byte, maxMadeUpPath))+".php", 1, start.Add(1000*time.Hour))
	s.Evidence.Add(long)
	for n := range 50 {
		if _, ok := s.Evidence.Of(Key{Path: fmt.Sprintf("/known%d.php", n)}); !ok {
			t.Fatalf("/known%d.php is gone", n)
		}
	}
	if _, ok := s.Evidence.Of(long.Script); ok {
		t.Error("a long made-up name is kept")
	}
	for _, longest := range []bool{false, true} {
		long.Exists, long.Script = longest, Key{Path: "/" + strings.Repeat("x", 1<<20) + ".php"}
		s.Evidence.Add(long)
		if kept := s.Evidence.Requests()[0].Script.Path; len(kept) > scriptpath.MaxPathLen || !strings.HasPrefix(long.Script.Path, kept) {
			t.Errorf("%d bytes are kept", len(kept))
		}
	}
	objects := newMemoryObjects()
	save(t, s, objects, start)
	if _, _, err := Open("a", objects, start); err != nil {
		t.Error(err)
	}
	if n := s.Evidence.scripts.Len(); n != maxEvidenceScripts {
		t.Errorf("%d scripts", n)
	}
	t.Run("the worst are kept", func(t *testing.T) {
		for n := range maxEvidenceScripts {
			r := flagged(fmt.Sprintf("/there%d.php", n), n, start.Add(time.Hour))
			r.Score = 11
			s.Evidence.Add(r)
		}
		worst := flagged("/worst.php", 1, start)
		s.Evidence.Add(worst)
		weak := flagged("/weak.php", 1, start)
		weak.Verdict, weak.Score = Suspicious, 9
		s.Evidence.Add(weak)
		if _, ok := s.Evidence.Of(worst.Script); !ok {
			t.Error("the worst is not kept")
		}
		if _, ok := s.Evidence.Of(weak.Script); ok {
			t.Error("the weakest is kept")
		}
		if n := s.Evidence.scripts.Len(); n != maxEvidenceScripts {
			t.Errorf("%d scripts", n)
		}
	})
}

func TestFlaggedRequestsAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		flood func(n int) FlaggedRequest
		most  int
	}{
		"of one script":    {func(n int) FlaggedRequest { return flagged("/flood.php", n, start) }, maxOfScript},
		"of one network":   {func(n int) FlaggedRequest { return flagged(fmt.Sprintf("/%d.php", n), 7, start) }, maxOfNetwork},
		"of made-up names": {func(n int) FlaggedRequest { return madeUp(fmt.Sprintf("/%d.php", n), n, start) }, maxMadeUp},
		"that would pass": {func(n int) FlaggedRequest {
			r := flagged(fmt.Sprintf("/%d.php", n), n, start)
			r.BlockedAt = ""
			return r
		}, maxPassed},
		"of many everybody": {func(n int) FlaggedRequest { return flagged(fmt.Sprintf("/%d.php", n), n, start) }, maxFlaggedRequests},
	} {
		t.Run(name, func(t *testing.T) {
			s := NewSite("a", start)
			s.Evidence.Add(flagged("/first.php", 60_000, start.Add(-time.Minute)))
			for n := range 2 * maxFlaggedRequests {
				r := c.flood(n)
				r.Time = start.Add(time.Duration(n) * time.Second)
				s.Evidence.Add(r)
			}
			list := s.Evidence.Requests()
			kept := 0
			for i, r := range list {
				if i > 0 && r.Time.After(list[i-1].Time) {
					t.Fatalf("%d: not the newest first", i)
				}
				if r.Script.Path == "/first.php" {
					kept++
				}
			}
			if want := min(c.most+1, maxFlaggedRequests); len(list) != want || kept == 0 && c.most < maxFlaggedRequests {
				t.Errorf("%d requests, want %d; the first is there %d times", len(list), want, kept)
			}
			if newest := start.Add((2*maxFlaggedRequests - 1) * time.Second); !list[0].Time.Equal(newest) {
				t.Errorf("the newest is of %s", list[0].Time)
			}
		})
	}
}

func TestEvidenceExpires(t *testing.T) {
	s := NewSite("a", start)
	s.Evidence.Add(flagged("/old.php", 1, start))
	s.Evidence.Add(flagged("/both.php", 2, start))
	s.Evidence.Add(flagged("/both.php", 3, start.Add(24*time.Hour)))
	save(t, s, newMemoryObjects(), start)
	if s.Evidence.Expire(start.Add(evidenceKept)); s.Dirty() {
		t.Error("it expires early")
	}
	s.Evidence.Expire(start.Add(evidenceKept + time.Second))
	if !s.Dirty() {
		t.Error("what expired stays in storage")
	}
	if _, ok := s.Evidence.Of(Key{Path: "/old.php"}); ok {
		t.Error("the script's evidence is there")
	}
	if _, ok := s.Evidence.Of(Key{Path: "/both.php"}); !ok {
		t.Error("younger evidence is gone")
	}
	if list := s.Evidence.Requests(); len(list) != 1 || list[0].Script.Path != "/both.php" {
		t.Errorf("%+v", list)
	}
	objects := newMemoryObjects()
	save(t, s, objects, start.Add(24*time.Hour))
	if late, _, err := Open("a", objects, start.Add(100*24*time.Hour)); err != nil || len(late.Evidence.Requests()) > 0 || !late.Dirty() {
		t.Errorf("it is loaded after its time, or stays in storage: %v", err)
	}
	save(t, s, objects, start.Add(100*24*time.Hour))
	if n := s.Evidence.scripts.Len() + len(s.Evidence.Requests()); n != 0 {
		t.Errorf("%d pieces are saved after their time", n)
	}
}

func TestEvidenceIsStored(t *testing.T) {
	s := learned(t)
	at := start.Add(3 * time.Hour)
	r := flagged("/late.php", 300, at)
	r.URI, r.TakenBack = "/late.php?a=…", true
	s.Evidence.Add(r)
	bad := flagged("/bad.php", 2, at.Add(1500*time.Millisecond))
	bad.Contained = true
	bad.Script.Root, bad.Client = "/srv", netip.MustParseAddr("2001:db8::1")
	s.Evidence.Add(bad)
	s.Decisions.SetTrust([]Key{{Path: "/late.php"}}, Trusted, Author{Via: "test"}, at, limits)
	unknown := madeUp("/made-up.php", 3, at)
	unknown.Client = netip.Addr{}
	s.Evidence.Add(unknown)
	s.Activity.CountRequest(at)
	s.Activity.CountWouldBlock(at)

	objects := newMemoryObjects()
	save(t, s, objects, at.Add(time.Hour))
	restored, stored, err := Open("a", objects, at.Add(time.Hour))
	if err != nil || !stored {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%+v", restored.Evidence.Requests()), fmt.Sprintf("%+v", s.Evidence.Requests()); got != want {
		t.Errorf("requests\n%s\nwant\n%s", got, want)
	}
	for _, key := range []Key{r.Script, bad.Script, unknown.Script} {
		got, _ := restored.Evidence.Of(key)
		want, _ := s.Evidence.Of(key)
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) || got.Flagged != 1 {
			t.Errorf("%+v\nwant %+v", got, want)
		}
	}
	if day := restored.Activity.Last(24, at.Add(2*time.Hour)); day != (ActivityCounts{Requests: 1, WouldBlock: 1}) {
		t.Errorf("%+v", day)
	}
	// Quotas are of the networks that were before, too.
	for n := range maxOfNetwork {
		restored.Evidence.Add(flagged(fmt.Sprintf("/%d.php", n), 2, at))
	}
	for _, r := range restored.Evidence.Requests() {
		if r.Client == bad.Client {
			return
		}
	}
	t.Error("another network's request was pushed out")
}

func TestInheritedEvidence(t *testing.T) {
	old, fresh := NewSite("a", start), NewSite("a", start)
	old.Evidence.Add(flagged("/x.php", 1, start))
	old.Activity.CountAlert(start)
	fresh.Evidence.Add(flagged("/x.php", 2, start.Add(-time.Hour)))
	fresh.Evidence.Add(flagged("/y.php", 2, start))
	fresh.Inherit(old, false, start)
	x, _ := fresh.Evidence.Of(Key{Path: "/x.php"})
	if x.Flagged != 2 || !x.Standing || !x.Last.Equal(start) || !x.First.Equal(start.Add(-time.Hour)) || x.Client != flagged("", 1, start).Client {
		t.Errorf("%+v", x)
	}
	if n := len(fresh.Evidence.Requests()); n != 3 || fresh.Evidence.StandingScore(Key{Path: "/y.php"}) == 0 || fresh.Activity.Last(1, start).Alerts != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestEvidenceIsSafeForConcurrentUse(t *testing.T) {
	s := NewSite("a", start)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for n := range 300 {
				s.Evidence.Add(flagged(fmt.Sprintf("/%d.php", n%20), g, start.Add(time.Duration(n)*time.Second)))
				s.Evidence.Of(Key{Path: "/1.php"})
				s.Activity.CountRequest(start)
				if n%100 == 0 {
					s.Evidence.Requests()
					s.Evidence.Expire(start)
					s.Decisions.SetTrust([]Key{{Path: "/1.php"}}, Trusted, Author{Via: "test"}, start, limits)
					if err := s.Export(discard{}, start); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if got, _ := s.Evidence.Of(Key{Path: "/2.php"}); got.Flagged != 60 || got.Networks != 4 {
		t.Errorf("%+v", got)
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

func TestActivity(t *testing.T) {
	var a Activity
	now := time.Date(2026, 3, 1, 12, 59, 0, 0, time.UTC)
	for hour := range 400 {
		a.CountRequest(now.Add(time.Duration(hour) * time.Hour))
	}
	end := now.Add(399 * time.Hour)
	if day, week, later := a.Last(24, end), a.Last(activityHours, end), a.Last(24, end.Add(20*time.Hour)); day.Requests != 24 || week.Requests != activityHours || later.Requests != 4 {
		t.Errorf("%v %v %v", day, week, later)
	}
}
