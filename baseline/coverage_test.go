package baseline

import (
	"testing"
	"time"
)

func TestCoverageCountsSamplesNotRequests(t *testing.T) {
	s := NewSite("a", start)
	for range 10_000 {
		visit(s, "/a.php", 1, start)
	}
	if c, n := s.Coverage.Value(); n != 1 || c != 0 {
		t.Fatalf("one busy client: coverage %v of %d samples", c, n)
	}
	for n := range 100 {
		visit(s, "/a.php", n, start.Add(time.Minute))
		visit(s, "/b.php", n, start.Add(time.Minute))
	}
	visit(s, "/once.php", 1, start)
	c, n := s.Coverage.Value()
	// N is estimated past eight per script; n₁ is exact.
	if n < 120 || n > 320 || c != 1-4/float64(n) {
		t.Errorf("coverage %v of %d samples", c, n)
	}
	if got := s.Coverage.UnseenRate(); got != 1.5/float64(n+1) {
		t.Errorf("unseen rate %v", got)
	}
	before := n
	visit(s, "/once.php", 1, start.Add(24*time.Hour))
	if _, n = s.Coverage.Value(); n != before+1 {
		t.Error("the same network on another day is no sample")
	}
}
