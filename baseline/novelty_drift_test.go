package baseline

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestNoveltyDriftIsReportedWhenLearningEnds(t *testing.T) {
	day := 24 * time.Hour
	s := NewSite("a", start)
	if share, n := s.Coverage.NoveltyDrift(); share != 0 || n != 0 {
		t.Errorf("%v of %d at the beginning", share, n)
	}
	for d := range 4 {
		for n := range 2 { // few enough to be counted exactly
			visit(s, "/index.php", n, start.Add(time.Duration(d)*day))
			visit(s, fmt.Sprintf("/article-%d.php", d), n, start.Add(time.Duration(d)*day))
		}
	}
	if share, n := s.Coverage.NoveltyDrift(); share != 0.5 || n != 4 {
		t.Errorf("%v of %d samples", share, n)
	}
	o := newMemoryObjects()
	save(t, s, o, start)
	s, _, err := Open("a", o, start)
	if err != nil {
		t.Fatal(err)
	}
	s.Phases.Advance(start.Add(4*day), Limits{LearnMin: time.Hour, Coverage: 0.8, MaxScripts: 10})
	if d := s.Decisions.List(); len(d) != 1 || !strings.Contains(d[0].Reason, "50 % of 4 samples") {
		t.Errorf("%+v", d)
	}
}

func TestASiteThatStaysTheSameDoesNotDrift(t *testing.T) {
	s := NewSite("a", start)
	for d := range 4 {
		for n := range 30 {
			visit(s, "/index.php", n, start.Add(time.Duration(d)*24*time.Hour))
		}
	}
	s.Phases.Advance(start.Add(4*24*time.Hour), limits)
	if d := s.Decisions.List(); len(d) != 1 || strings.Contains(d[0].Reason, "but") {
		t.Errorf("%+v", d)
	}
}
