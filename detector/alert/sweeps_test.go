package alert

import (
	"fmt"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// sweeping has a network ask for a script that nobody knew.
func sweeping(a *Alerts, path string, network uint64, v detector.Verdict, page baseline.Page, at time.Time) bool {
	e := event(path, network, v)
	e.Time, e.New, e.Exists, e.Unknown, e.Page = at, true, true, true, &page
	return a.Notify(e).Notify
}

var everywhere = []string{"/a/x.php", "/b/y.php", "/c.php", "/d/e/f.php", "/g/h.php", "/i/j/k.php"}

// A site that answers everything alike, by whatever status, is one alert.
func TestSweepIsOneAlert(t *testing.T) {
	for name, page := range map[string]baseline.Page{
		"200, by length": baseline.SizedPage(200, 5120),
		"200, by words":  {Status: 200, Body: 77, Wordy: true},
		"302":            {Status: 302},
		"403":            {Status: 403, Body: 5},
		"500":            {Status: 500, Body: 5, Wordy: true},
	} {
		for _, networks := range []int{1, 2, 6} {
			var a Alerts
			notices := 0
			for n, path := range everywhere {
				if sweeping(&a, path, uint64(n%networks), detector.Suspicious, page, start.Add(time.Duration(n)*20*time.Minute)) {
					notices++
				}
			}
			list, _ := a.Summaries(start.Add(3 * time.Hour))
			if notices != 1 || len(list) != 1 || !list[0].Alike || list[0].Repeated != 5 || list[0].Script.Path != everywhere[0] {
				t.Errorf("%s, %d networks: %d notices, %+v", name, networks, notices, list)
			}
			if a.Summaries(start.Add(3*time.Hour + 2*sweepEnds)); len(a.sweeps) != 0 {
				t.Errorf("%d sweeps stay", len(a.sweeps))
			}
		}
	}
}

func TestWhatAnswersOtherwiseIsNoSweep(t *testing.T) {
	distinct := func(n int) baseline.Page { return baseline.SizedPage(200, int64(5120+n)) }
	var a Alerts
	for n, path := range everywhere {
		if !sweeping(&a, path, 1, detector.Suspicious, distinct(n), start) {
			t.Errorf("%s has an answer of its own", path)
		}
	}
	for name, page := range map[string]baseline.Page{
		"a few bytes": baseline.SizedPage(200, leastSwept-1),
		"a word":      {Status: 200, Body: 7},
	} {
		var a Alerts
		for _, path := range everywhere {
			if !sweeping(&a, path, 1, detector.Suspicious, page, start) {
				t.Errorf("%s says nothing: %s is kept out", name, path)
			}
		}
	}
	t.Run("one script by several networks is not", func(t *testing.T) {
		var a Alerts
		for n := range maxNetworks {
			if !sweeping(&a, "/x.php", uint64(n), detector.Suspicious, distinct(0), start) {
				t.Errorf("network %d is kept out", n)
			}
		}
	})
	t.Run("what is malicious is swept by its own network only", func(t *testing.T) {
		var a Alerts
		got := fmt.Sprint(
			sweeping(&a, "/a/x.php", 1, detector.Suspicious, distinct(0), start),
			sweeping(&a, "/b/x.php", 1, detector.Malicious, distinct(0), start),
			sweeping(&a, "/c/x.php", 1, detector.Malicious, distinct(0), start),
			sweeping(&a, "/d/x.php", 2, detector.Malicious, distinct(0), start),
		)
		if got != "true true false true" {
			t.Error(got)
		}
	})
	t.Run("a day later it is news", func(t *testing.T) {
		var a Alerts
		sweeping(&a, "/a/x.php", 1, detector.Suspicious, distinct(0), start)
		if !sweeping(&a, "/b/x.php", 1, detector.Suspicious, distinct(0), start.Add(sweepEnds)) {
			t.Error("it is kept out")
		}
	})
	t.Run("the answers that are watched are few", func(t *testing.T) {
		var a Alerts
		for n := range 10 * maxSweeps {
			sweeping(&a, fmt.Sprintf("/%d/x.php", n), 1, detector.Suspicious, distinct(n), start.Add(time.Duration(n)))
		}
		if len(a.sweeps) != maxSweeps || a.sweeps[len(a.sweeps)-1].last.Before(start.Add(9*maxSweeps)) {
			t.Errorf("%d sweeps", len(a.sweeps))
		}
	})
}
