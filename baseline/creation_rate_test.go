package baseline

import (
	"fmt"
	"testing"
	"time"
)

func TestCreationRate(t *testing.T) {
	s := NewSite("a", start)
	for d := range 8 {
		now := start.Add(time.Duration(d) * 24 * time.Hour)
		visit(s, fmt.Sprintf("/daily/%d.php", d), 1, now)
		if d%2 == 0 {
			visit(s, fmt.Sprintf("/often/%d.php", d), 1, now)
		}
		visit(s, fmt.Sprintf("/first/%d.php", d), 1, start)
		visit(s, "/same/x.php", 1, now)
	}
	visit(s, "/twice/a.php", 1, start.Add(2*24*time.Hour))
	visit(s, "/twice/b.php", 1, start.Add(3*24*time.Hour))
	if share, _ := s.Coverage.CreationRate(Key{Path: "/daily/new.php"}); share != 0 {
		t.Error("a rate while learning")
	}
	s.Phases.Enforce(Author{Via: "test"}, start.Add(7*24*time.Hour))
	visit(s, "/late/a.php", 1, start.Add(8*24*time.Hour))
	o := newMemoryObjects()
	save(t, s, o, start)
	again, _, err := Open("a", o, start)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Site{s, again} {
		for dir, want := range map[string]float64{"/daily": 1, "/often": 3.0 / 7, "/first": 0, "/same": 0, "/twice": 0, "/late": 0, "/elsewhere": 0} {
			if got, days := s.Coverage.CreationRate(Key{Path: dir + "/new.php"}); got != want || days != 7 {
				t.Errorf("%s: %v of %d days, want %v", dir, got, days, want)
			}
		}
	}
}
