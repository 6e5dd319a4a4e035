package baseline

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDeployWindow(t *testing.T) {
	s := NewSite("a", start)
	s.Phases.Enforce(Author{Via: "test"}, start)
	s.Decisions.Deploy(10*time.Minute, Author{Via: "test"}, start.Add(time.Hour))
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
	s.Decisions.Deploy(time.Hour, Author{Via: "test"}, start.Add(2*time.Hour))
	s.Decisions.EndDeploy(Author{Via: "done"}, start.Add(2*time.Hour+time.Minute))
	if s.Decisions.Deployed(Key{Path: "/x.php"}, start.Add(2*time.Hour+2*time.Minute)) {
		t.Error("a window that was ended is open")
	}
}

func TestDeployWindowEnds(t *testing.T) {
	key := Key{Path: "/x.php"}
	t.Run("and is not stretched by an end that comes too late", func(t *testing.T) {
		s := NewSite("a", start)
		s.Decisions.Deploy(10*time.Minute, Author{Via: "test"}, start)
		if _, wasOpen := s.Decisions.EndDeploy(Author{Via: "done"}, start.Add(time.Hour)); wasOpen {
			t.Error("it was open for an hour")
		}
		if s.Decisions.Deployed(key, start.Add(30*time.Minute)) {
			t.Error("what came after its end is the operator's")
		}
	})
	t.Run("once, across a restart", func(t *testing.T) {
		s := NewSite("a", start)
		s.Decisions.Deploy(10*time.Minute, Author{Via: "test"}, start)
		if _, lapsed := s.Decisions.LapseDeploy(start.Add(9 * time.Minute)); lapsed {
			t.Error("before its time")
		}
		o := newMemoryObjects()
		save(t, s, o, start)
		s, _, err := Open("a", o, start)
		if err != nil {
			t.Fatal(err)
		}
		if w, open := s.Decisions.Deploying(start.Add(9 * time.Minute)); !open || !w.Since.Equal(start) || !w.Until.Equal(start.Add(10*time.Minute)) {
			t.Errorf("%+v, open: %v", w, open)
		}
		w, first := s.Decisions.LapseDeploy(start.Add(time.Hour))
		_, again := s.Decisions.LapseDeploy(start.Add(time.Hour))
		if !first || again || !w.Until.Equal(start.Add(10*time.Minute)) {
			t.Errorf("%+v, reported %v, again %v", w, first, again)
		}
		save(t, s, o, start)
		if s, _, err = Open("a", o, start); err != nil {
			t.Fatal(err)
		}
		if _, lapsed := s.Decisions.LapseDeploy(start.Add(2 * time.Hour)); lapsed {
			t.Error("reported again after a restart")
		}
	})
	t.Run("later if it is given a new end while it is open", func(t *testing.T) {
		s := NewSite("a", start)
		s.Decisions.Deploy(10*time.Minute, Author{Via: "test"}, start)
		w := s.Decisions.Deploy(10*time.Minute, Author{Via: "it takes longer"}, start.Add(9*time.Minute))
		if !w.Since.Equal(start) || !w.Until.Equal(start.Add(19*time.Minute)) || !s.Decisions.Deployed(key, start.Add(time.Minute)) {
			t.Errorf("%+v", w)
		}
		w, wasOpen := s.Decisions.EndDeploy(Author{Via: "done"}, start.Add(12*time.Minute))
		if _, lapsed := s.Decisions.LapseDeploy(start.Add(time.Hour)); lapsed || !wasOpen || !w.Until.Equal(start.Add(12*time.Minute)) {
			t.Errorf("%+v, was open %v, reported twice %v", w, wasOpen, lapsed)
		}
	})
}

func TestScriptsOfADeployWindowAreListed(t *testing.T) {
	s := NewSite("a", start)
	visit(s, "/learned.php", 1, start)
	s.Phases.Enforce(Author{Via: "test"}, start)
	visit(s, "/before.php", 1, start.Add(time.Minute))
	w := s.Decisions.Deploy(10*time.Minute, Author{Via: "test"}, start.Add(time.Hour))
	visit(s, "/visited.php", 1, w.Since.Add(time.Minute))
	s.Note(Key{Path: "/flagged.php"}, Visit{Time: w.Since.Add(time.Minute), Method: MethodPost, Status: 200, Network: 1}, limits)
	visit(s, "/uploads/x.php", 1, w.Since.Add(time.Minute))
	visit(s, "/after.php", 1, w.Until.Add(time.Minute))
	s.Learn(Key{Path: "/visited-later.php"}, Visit{Time: w.Until.Add(time.Hour), Status: 200, Network: 1, Deployed: true}, limits)
	s.Decisions.SetTrust([]Key{{Path: "/denied.php"}}, Denied, Author{Via: "test"}, w.Since.Add(time.Minute), limits)
	if n := s.Scripts.CountDeployed(w); n != 2 {
		t.Errorf("%d scripts came in the window", n)
	}
	o := newMemoryObjects()
	save(t, s, o, start)
	restored, _, err := Open("a", o, start)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Site{s, restored} {
		var list []string
		for p := range s.Scripts.All() {
			if p.Deployed() {
				list = append(list, p.Key().Path)
			}
		}
		slices.Sort(list)
		if got := strings.Join(list, " "); got != "/flagged.php /visited-later.php /visited.php" {
			t.Errorf("deployed: %s", got)
		}
	}
}
