package detector

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

const (
	// alertQuiet is how long after an alert its first summary comes. The next takes
	// twice as long each time, up to a day: what goes on is no news.
	alertQuiet = 10 * time.Minute
	// alertForgotten is after how long without a word an alert has ended, and the
	// next is told again. On public logs of 40 sites what comes back does so within
	// days: a plugin that calls a script anew is no news each day.
	alertForgotten = 7 * 24 * time.Hour
	// alertDaily is the longest time between two summaries of what goes on.
	alertDaily = 24 * time.Hour
	// maxOpenAlerts bounds the scripts whose alerts are being summarised. As
	// many again may be if they are known to exist, so that a flood of made-up
	// names leaves room for them.
	maxOpenAlerts = 4096
	// maxAlertedNetworks is for how many client networks of one script a person
	// is told each; the others are counted together. It is an attack on one script,
	// whoever takes part.
	maxAlertedNetworks = 3
	// maxAlertedPath bounds the path kept of a script, in bytes: it is the
	// client's text.
	maxAlertedPath = 256
)

// Alerts decides which non-clean exchanges are worth telling a person: the
// first of each script and client network, of three networks at most, then
// summaries after ten minutes, twenty, forty and so on while it goes on. The zero
// value is ready; methods may be called concurrently.
type Alerts struct {
	mu     sync.Mutex
	open   map[baseline.Key]*alert
	bursts map[string]*burst // by directory
	lost   uint64            // exchanges that found no room
}

// Notice says whether a person is to be told of an exchange at once.
type Notice struct {
	Tell bool
	// Burst is the directory under which many new scripts appeared, of which this
	// notice tells together, and Scripts is how many those are so far; "" and 0 if it
	// is about one script.
	Burst   string
	Scripts int
}

// alert is what goes on about one script.
type alert struct {
	networks map[uint64]*course
	others   *course // of the networks that are not told each
	worst    Verdict
}

// course is what followed one alert.
type course struct {
	since    time.Time     // that this was told
	quiet    time.Duration // until the next summary
	last     time.Time     // that anything happened
	client   netip.Addr
	repeated uint64
	worst    Verdict
}

// Summary tells what followed an alert while it was quiet.
type Summary struct {
	Script   baseline.Key // its path may be cut short; of a burst it is the directory
	Burst    bool         // Repeated counts new scripts
	Client   netip.Addr   // the first of its network; invalid for many networks together
	Since    time.Time
	Repeated uint64
	Worst    Verdict
}

// Notify counts a non-clean exchange and says whether it is to be told at once. A
// verdict worse than those told before is always told.
func (a *Alerts) Notify(network uint64, j *Judgement) Notice {
	f := &j.Facts
	key := f.Key
	key.Path = key.Path[:min(len(key.Path), maxAlertedPath)]
	a.mu.Lock()
	defer a.mu.Unlock()
	about := a.open[key]
	if about != nil {
		return Notice{Tell: about.repeat(network, j)}
	}
	if n := len(a.open); n >= 2*maxOpenAlerts || n >= maxOpenAlerts && !f.Answered {
		a.lost++
		return Notice{}
	}
	if a.open == nil {
		a.open = make(map[baseline.Key]*alert)
	}
	key.Path = strings.Clone(key.Path)
	about = &alert{networks: make(map[uint64]*course, 1)}
	a.open[key] = about
	tell := about.repeat(network, j)
	if j.Verdict == Suspicious && j.fired(&newScript) {
		return a.burst(key.Path, f.Time)
	}
	return Notice{Tell: tell}
}

// repeat counts an exchange with the script, and reports whether it is to be told.
func (about *alert) repeat(network uint64, j *Judgement) bool {
	f := &j.Facts
	worse := j.Verdict > about.worst
	about.worst = max(about.worst, j.Verdict)
	switch old := about.networks[network]; {
	case old != nil && j.Verdict > old.worst:
		old.worst, old.last = j.Verdict, f.Time
		return true
	case old != nil:
		old.repeated++
		old.last = f.Time
		return false
	case len(about.networks) < maxAlertedNetworks:
		about.networks[network] = &course{since: f.Time, quiet: alertQuiet, last: f.Time, client: f.Client, worst: j.Verdict}
		return true
	case about.others == nil:
		about.others = &course{since: f.Time, quiet: alertQuiet}
	}
	about.others.repeated++
	about.others.last = f.Time
	about.others.worst = max(about.others.worst, j.Verdict)
	return worse
}

// Summaries returns the alerts that were repeated and whose summary is due, and
// how many exchanges found no room since the last call. It forgets alerts that
// ended a week ago.
func (a *Alerts) Summaries(now time.Time) (list []Summary, lost uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, about := range a.open {
		// over reports whether nothing more is to be told of the course.
		over := func(c *course) bool {
			if c.repeated > 0 && now.Sub(c.since) >= c.quiet {
				list = append(list, Summary{Script: key, Client: c.client, Since: c.since, Repeated: c.repeated, Worst: c.worst})
				c.since, c.repeated = now, 0
				c.quiet = min(2*c.quiet, alertDaily)
			}
			return c.repeated == 0 && now.Sub(c.last) >= alertForgotten
		}
		for network, c := range about.networks {
			if over(c) {
				delete(about.networks, network)
			}
		}
		if about.others != nil && over(about.others) {
			about.others = nil
		}
		if len(about.networks) == 0 && about.others == nil {
			delete(a.open, key)
		}
	}
	list = a.endBursts(list, now)
	lost, a.lost = a.lost, 0
	return list, lost
}
