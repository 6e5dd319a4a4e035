package baseline

import (
	"testing"
	"time"
)

func TestAdoptLeavesFlaggedScriptsOut(t *testing.T) {
	s := NewSite("a", start)
	s.Phases.Enforce(Author{Via: "test"}, start)
	at := start.Add(time.Hour)
	unrooted := flagged("/unrooted.php", 1, at)
	bad := flagged("/bad.php", 1, at)
	bad.Script.Root = "/srv"
	cleared := flagged("/cleared.php", 1, at)
	cleared.Script.Root = "/srv"
	for _, r := range []FlaggedRequest{unrooted, bad, cleared} {
		s.Evidence.Add(r)
	}
	s.Decisions.SetTrust([]Key{cleared.Script}, Trusted, Author{Via: "test"}, at.Add(time.Minute), limits)
	m := FileManifest{Scripts: []string{"/bad.php", "/cleared.php", "/good.php", "/unrooted.php"}}
	got, err := s.Decisions.Adopt(m.Keys("/srv"), Author{Via: "test"}, at.Add(time.Hour), limits)
	if err != nil || got.Trusted != 2 || len(got.Flagged) != 2 || got.Flagged[0].Path != "/bad.php" || got.Flagged[0].Score != 20 || got.Flagged[1].Path != "/unrooted.php" {
		t.Errorf("%+v", got)
	}
	for path, want := range map[string]bool{"/bad.php": false, "/unrooted.php": false, "/good.php": true, "/cleared.php": true} {
		if p := s.Scripts.Lookup(Key{Root: "/srv", Path: path}); (p != nil && p.Trust() == Trusted) != want {
			t.Errorf("%s: %+v", path, p)
		}
	}
	if s.Evidence.StandingScore(bad.Script) == 0 {
		t.Error("a manifest clears evidence")
	}
}

// What was flagged is reviewed first, and in a rehearsal listed first.
func TestWorstScriptsAreListedFirst(t *testing.T) {
	s := NewSite("a", start)
	for n := range 5 {
		visit(s, "/busy.php", n, start)
	}
	visit(s, "/uploads/risky.php", 1, start)
	visit(s, "/few.php", 1, start)
	s.Evidence.Add(flagged("/few.php", 1, start))
	s.Phases.Enforce(Author{Via: "test"}, start)
	if list, _ := s.Scripts.Review(); len(list) != 2 || list[0].Key().Path != "/few.php" {
		t.Errorf("%v", list)
	}
	visit(s, "/later.php", 1, start.Add(time.Hour))
	if list := s.Scripts.Overdue(start); len(list) != 3 || list[0].Key().Path != "/few.php" || list[1].Key().Path != "/later.php" {
		t.Errorf("%v", list)
	}
}
