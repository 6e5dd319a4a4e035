package baseline

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

func TestContainment(t *testing.T) {
	s := learned(t)
	now := start.Add(3 * time.Hour)
	if _, on := s.Containment.Active(now); on || s.Containment.Release(Author{Via: "test"}, now) {
		t.Error("contained from the start")
	}
	s.Containment.Begin(time.Hour, false, Author{Via: "test"}, now)
	s.Containment.Refused(Key{Path: "/x.php"}, MethodPost, false, now)
	t.Run("is in the snapshot, with what it refused", func(t *testing.T) {
		o := newMemoryObjects()
		save(t, s, o, now)
		got, _, err := Open("a", o, now)
		if err != nil {
			t.Fatal(err)
		}
		c, on := got.Containment.Active(now)
		list, _ := got.Containment.Refusals()
		if !on || !c.Until.Equal(now.Add(time.Hour)) || len(list) != 1 || list[0].Path != "/x.php" || list[0].Methods[0] != MethodPost || !got.Saved().Equal(now) {
			t.Errorf("%+v %+v", c, list)
		}
	})
	t.Run("is not in what another site imports", func(t *testing.T) {
		var b bytes.Buffer
		if err := s.Export(&b, now); err != nil {
			t.Fatal(err)
		}
		got, err := Import("b", &b, Author{Via: "test"}, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, on := got.Containment.Active(now); on {
			t.Error("contained")
		}
		got.Inherit(s, false, now)
		if _, on := got.Containment.Active(now); !on || got.Scripts.Count(Denied) != 1 {
			t.Error("what must outlast an import does not")
		}
	})
	t.Run("ends by itself, once", func(t *testing.T) {
		later := now.Add(time.Hour)
		if _, on := s.Containment.Active(later); on {
			t.Error("on")
		}
		_, first := s.Containment.Lapse(later)
		_, again := s.Containment.Lapse(later)
		if !first || again {
			t.Error(first, again)
		}
	})
	t.Run("does not end learning", func(t *testing.T) {
		s := NewSite("a", start)
		visit(s, "/a.php", 1, start)
		s.Containment.Begin(0, false, Author{Via: "test"}, start)
		if s.Phases.Advance(start.Add(99*time.Hour), Limits{LearnMin: time.Hour, MaxScripts: 9}) != Learning || s.Scripts.Count(Trusted) > 0 {
			t.Error("it ended, and trusted scripts")
		}
		s.Containment.Begin(0, true, Author{Via: "test"}, start)
		if s.Phases.Advance(start.Add(99*time.Hour), Limits{LearnMin: time.Hour, MaxScripts: 9}) != Enforcing {
			t.Error("a rehearsal keeps it from ending")
		}
	})
}

func TestRefusalsAreBounded(t *testing.T) {
	s := learned(t)
	s.Containment.Begin(0, false, Author{Via: "test"}, start)
	for n := range 3 * maxRefusals {
		s.Containment.Refused(Key{Path: fmt.Sprintf("/made-up-%d.php", n)}, MethodGet, false, start)
	}
	s.Containment.Refused(Key{Path: "/page.php"}, MethodGet, true, start)
	list, missed := s.Containment.Refusals()
	found := false
	for _, r := range list {
		found = found || r.Path == "/page.php"
	}
	if len(list) != maxUnknownRefusals+1 || missed != 3*maxRefusals-maxUnknownRefusals || !found {
		t.Errorf("%d listed, %d missed, the known one %v", len(list), missed, found)
	}
}
