package alert

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

const (
	// firstQuiet is how long after an alert its first summary comes. The next takes
	// twice as long each time, up to mostQuiet: what goes on is no news.
	firstQuiet = 10 * time.Minute
	mostQuiet  = 24 * time.Hour
	// endsAfter is after how long without another exchange an alert has ended, and the
	// next is notified anew. On public logs of 40 sites what comes back does so within
	// days: a plugin that calls a script anew is no news each day.
	endsAfter = 7 * 24 * time.Hour
	// maxThreads bounds the scripts whose alerts are being summarised. As many again
	// may be if they are known to exist, so that a flood of made-up names leaves room
	// for them.
	maxThreads = 4096
	// maxNetworks is for how many client networks of one script each is notified; the
	// others are counted together. It is an attack on one script, whoever takes part.
	maxNetworks = 3
	// maxPath bounds the path kept of a script, in bytes: it is the client's text.
	maxPath = 256
)

// Event is an exchange that is not clean, as far as alerts go.
type Event struct {
	Time    time.Time
	Script  baseline.Key
	Client  netip.Addr
	Network uint64 // of the client, hashed
	Verdict detector.Verdict
	Exists  bool // the script is known to exist
	// New is true if the verdict is about a new script.
	New bool
	// InChange is true if it is a form to a script that came with others, of which somebody
	// is told.
	InChange bool
}

// EventOf returns the event of a judged exchange.
func EventOf(j *detector.Judgement, client netip.Addr, network uint64) Event {
	return Event{
		Time: j.Time, Script: j.Script, Client: client, Network: network,
		Verdict: j.Verdict, Exists: j.Exists, New: j.Fired(signal.NewScriptID), InChange: j.InChange,
	}
}

// Alerts notifies of the first exchange of each script and client network, of three
// networks at most, then sums up after ten minutes, twenty, forty and so on while it
// goes on. The zero value is ready; methods may be called concurrently.
type Alerts struct {
	mu      sync.Mutex
	threads map[baseline.Key]*thread
	bursts  map[string]*burst // by directory
	lost    uint64            // exchanges that found no room
}

// Notice says whether a person is to be notified of an exchange at once.
type Notice struct {
	Notify bool
	// Burst is the directory under which many new scripts appeared, which this notice is
	// about together, and Scripts is how many those are so far; "" and 0 if it is about
	// one script.
	Burst   string
	Scripts int
}

// thread is what goes on about one script.
type thread struct {
	networks map[uint64]*course
	others   *course // of the networks that are not notified each
	worst    detector.Verdict
}

// course is what followed one alert.
type course struct {
	since    time.Time     // of the last notice or summary
	quiet    time.Duration // until the next summary
	last     time.Time     // that anything happened
	client   netip.Addr
	repeated uint64
	worst    detector.Verdict
}

// Notify counts an exchange that is not clean and says whether a person is to be
// notified at once. A verdict worse than those before always is; of forms to a
// script that came with a change only the first is.
func (a *Alerts) Notify(e Event) Notice {
	key := e.Script
	key.Path = key.Path[:min(len(key.Path), maxPath)]
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.threads[key]
	if t != nil && e.InChange {
		return Notice{} // nor does it make others of the script's networks pass for known
	}
	if t != nil {
		return Notice{Notify: t.add(&e)}
	}
	if n := len(a.threads); n >= 2*maxThreads || n >= maxThreads && !e.Exists {
		a.lost++
		return Notice{}
	}
	if a.threads == nil {
		a.threads = make(map[baseline.Key]*thread)
	}
	key.Path = strings.Clone(key.Path)
	t = &thread{networks: make(map[uint64]*course, 1)}
	a.threads[key] = t
	notify := t.add(&e)
	if e.Verdict == detector.Suspicious && e.New && !e.InChange {
		return a.burst(key.Path, e.Time)
	}
	return Notice{Notify: notify}
}

// add counts an exchange with the script, and reports whether it is to be notified.
func (t *thread) add(e *Event) bool {
	worse := e.Verdict > t.worst
	t.worst = max(t.worst, e.Verdict)
	switch old := t.networks[e.Network]; {
	case old != nil && e.Verdict > old.worst:
		old.worst, old.last = e.Verdict, e.Time
		return true
	case old != nil:
		old.repeated++
		old.last = e.Time
		return false
	case len(t.networks) < maxNetworks:
		t.networks[e.Network] = &course{since: e.Time, quiet: firstQuiet, last: e.Time, client: e.Client, worst: e.Verdict}
		return true
	case t.others == nil:
		t.others = &course{since: e.Time, quiet: firstQuiet}
	}
	t.others.repeated++
	t.others.last = e.Time
	t.others.worst = max(t.others.worst, e.Verdict)
	return worse
}
