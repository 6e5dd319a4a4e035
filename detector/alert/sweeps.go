package alert

import (
	"net/http"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

const (
	// sweepEnds is after how long without another such answer a sweep is over. Crawlers take
	// hours over a site.
	sweepEnds = 24 * time.Hour
	// maxSweeps bounds the answers that are watched; the one that was given longest ago
	// makes room.
	maxSweeps = 64
	// leastSwept is the length of the shortest answer, in bytes, that says by its length
	// alone that it is the same page: what is shorter has few words, such as "ok".
	leastSwept = 32
)

// sweep is what unknown scripts have in common that were answered by one and the same page.
// A site that answers everything alike gives it to whatever a crawler or scanner asks for;
// until that is learned, one notice is about all of them.
type sweep struct {
	page    baseline.Page
	first   baseline.Key // the script that was notified
	network uint64       // of who asked for it
	worst   detector.Verdict
	since   time.Time // of the notice or the last summary
	quiet   time.Duration
	last    time.Time
	further uint64 // since then
}

// distinctive reports whether the answer is long enough to be told from others.
func distinctive(page *baseline.Page) bool {
	switch {
	case page.Sized:
		return page.Body >= leastSwept
	case page.Status/100 == http.StatusOK/100:
		return page.Wordy
	}
	return true
}

// swept reports whether an unknown script was answered just as another one lately, of which
// somebody was notified. What is malicious is swept only by the network that began: another
// one's is another attack.
func (a *Alerts) swept(e *Event) bool {
	if !e.Unknown || e.Page == nil || !distinctive(e.Page) {
		return false
	}
	for i := range a.sweeps {
		s := &a.sweeps[i]
		if !s.page.Alike(*e.Page) {
			continue
		}
		if e.Time.Sub(s.last) >= sweepEnds {
			*s = newSweep(e)
			return false
		}
		s.last = e.Time
		if s.first == e.Script || e.Verdict > s.worst || e.Verdict == detector.Malicious && e.Network != s.network {
			s.worst = max(s.worst, e.Verdict)
			return false
		}
		s.further++
		return true
	}
	if len(a.sweeps) < maxSweeps {
		a.sweeps = append(a.sweeps, newSweep(e))
		return false
	}
	oldest := 0
	for i := range a.sweeps {
		if a.sweeps[i].last.Before(a.sweeps[oldest].last) {
			oldest = i
		}
	}
	a.sweeps[oldest] = newSweep(e)
	return false
}

func newSweep(e *Event) sweep {
	s := sweep{page: *e.Page, first: e.Script, network: e.Network, worst: e.Verdict, since: e.Time, quiet: firstQuiet, last: e.Time}
	s.first.Path = strings.Clone(s.first.Path)
	return s
}

// endSweeps adds the summaries of sweeps that are due, and forgets those that ended.
func (a *Alerts) endSweeps(list []Summary, now time.Time) []Summary {
	kept := a.sweeps[:0]
	for _, s := range a.sweeps {
		if s.further > 0 && now.Sub(s.since) >= s.quiet {
			list = append(list, Summary{Script: s.first, Alike: true, Since: s.since, Repeated: s.further, Worst: s.worst})
			s.since, s.further = now, 0
			s.quiet = min(2*s.quiet, mostQuiet)
		}
		if s.further > 0 || now.Sub(s.last) < sweepEnds {
			kept = append(kept, s)
		}
	}
	clear(a.sweeps[len(kept):])
	a.sweeps = kept
	return list
}
