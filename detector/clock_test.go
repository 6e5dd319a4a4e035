package detector

import (
	"math"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// A clock may be set right by decades, run backwards when a virtual machine is
// restored, or be nonsense. integration/redteam/clock_test.go plays what attackers
// may hope of that; here the guard must only remain one.
func TestClockThatJumps(t *testing.T) {
	jumps := map[string]time.Time{
		"to the beginning of time":    {},
		"to 1970":                     time.Unix(0, 0),
		"before 1970":                 time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC),
		"back a day":                  start.Add(-24 * time.Hour),
		"back to when learning began": start,
		"ahead a day":                 start.Add(24 * time.Hour),
		"ahead a century":             start.AddDate(100, 0, 0),
		// Clocks cannot go further: kernels keep them in nanoseconds of 64 bits.
		"to the end of time": time.Unix(0, math.MaxInt64-int64(24*time.Hour)),
	}
	for name, to := range jumps {
		t.Run(name+", while it enforces", func(t *testing.T) {
			w := newWatch(t)
			w.learn(same, "/a.php")
			back := w.now
			for round := range 3 {
				w.now = to.Add(time.Duration(round))
				if o := w.see(get("/a.php", 3)); o.response != Clean {
					t.Errorf("a known script: %+v", o)
				}
				if o := w.see(get("/uploads/x.php", stranger).with(post).with(unreferred)); !o.refuseRequest {
					t.Errorf("a shell meanwhile: %+v", o)
				}
				w.now = back.Add(time.Duration(round) * time.Minute)
				if o := w.see(get("/a.php", 3)); o.response != Clean {
					t.Errorf("a known script afterwards: %+v", o)
				}
				if o := w.see(get("/lib/y.php", stranger).with(post).with(unreferred)); o.response < Suspicious {
					t.Errorf("a shell afterwards: %+v", o)
				}
			}
			if w.m.Phases.Advance(w.now, w.d.Limits()) != baseline.Enforcing || w.m.Scripts.Count(baseline.Trusted) != 1 {
				t.Errorf("%s, %d trusted", w.m.Phases.Advance(w.now, w.d.Limits()), w.m.Scripts.Count(baseline.Trusted))
			}
		})
		t.Run(name+", while it learns", func(t *testing.T) {
			w := newWatch(t)
			for n := range 30 {
				w.see(get("/a.php", n))
			}
			w.now = to
			w.see(get("/a.php", 3))
			// Whatever phase it is in now, it gets to enforcing when time goes on.
			w.now = start.Add(time.Minute)
			w.see(get("/a.php", 3))
			w.now = start.Add(2 * time.Hour)
			w.see(get("/a.php", 3))
			w.now = start.Add(4 * time.Hour)
			if w.m.Phases.Advance(w.now, w.d.Limits()) != baseline.Enforcing {
				t.Errorf("it began %s, and learns at %s", w.m.Phases.Started(), w.now)
			}
		})
	}
}
