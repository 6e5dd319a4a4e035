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
	// maxNetworks is for how many client networks of one script each is notified of a set
	// of signals; the others are counted together. It is an attack on one script, whoever
	// takes part.
	maxNetworks = 3
	// maxTold bounds the notices of one script with one verdict: eight sets of signals by
	// three networks each.
	maxTold = 24
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
	// Unknown is true if the baseline does not know the script, and Page what it answered;
	// nil if that is not known.
	Unknown bool
	Page    *baseline.Page
	// Signals identifies the set of the signals that speak against the script, whoever
	// the client is.
	Signals uint64
	// InChange is true if it is a form to a script that came with others, of which somebody
	// is told.
	InChange bool
}

// EventOf returns the event of a judged exchange.
func EventOf(j *detector.Judgement, client netip.Addr, network uint64) Event {
	return Event{
		Time: j.Time, Script: j.Script, Client: client, Network: network,
		Verdict: j.Verdict, Exists: j.Exists, New: j.Fired(signal.NewScriptID),
		Unknown: j.Features().Script.Novel, Page: j.Page, Signals: signalSet(j), InChange: j.InChange,
	}
}

// Alerts notifies of the first exchange of each script, client network and set of
// signals, of three networks at most for a set, then sums up after ten minutes, twenty,
// forty and so on while it goes on. The zero value is ready; methods may be called concurrently.
type Alerts struct {
	mu      sync.Mutex
	threads map[baseline.Key]*thread
	bursts  map[string]*burst // by directory
	sweeps  []sweep
	lost    uint64 // exchanges that found no room
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
	others   *course // of the networks that are not followed each
	told     sets
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
	clients  clients // of others: those that it was about
}

// Notify counts an exchange that is not clean and says whether a person is to be
// notified at once. A verdict worse than those before always is. Of unknown scripts that
// answer alike only the first is, and of forms to a script that came with a change.
func (a *Alerts) Notify(e Event) Notice {
	key := e.Script
	key.Path = key.Path[:min(len(key.Path), maxPath)]
	e.Script = key
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.swept(&e) {
		return Notice{}
	}
	t := a.threads[key]
	if t != nil && e.InChange {
		return Notice{} // nor does it make others of the script's networks pass for known
	}
	if t != nil {
		notify, worse := t.add(&e)
		if notify && !worse && e.New && e.Verdict == detector.Suspicious && a.inBurst(key.Path, e.Time) {
			notify = false // one notice was about all that is new there
		}
		return Notice{Notify: notify}
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
	notify, _ := t.add(&e)
	if e.Verdict == detector.Suspicious && e.New && !e.InChange {
		return a.burst(key.Path, e.Time)
	}
	return Notice{Notify: notify}
}

// add counts an exchange with the script, and reports whether it is to be notified, and
// whether its verdict is worse than those before.
func (t *thread) add(e *Event) (notify, worse bool) {
	c := t.networks[e.Network]
	switch {
	case c != nil:
		worse = e.Verdict > c.worst
	case len(t.networks) < maxNetworks:
		c = &course{since: e.Time, quiet: firstQuiet, client: e.Client}
		t.networks[e.Network] = c
		worse = true
	default:
		if t.others == nil {
			t.others = &course{since: e.Time, quiet: firstQuiet}
		}
		c = t.others
		worse = e.Verdict > t.worst
	}
	t.worst, c.worst, c.last = max(t.worst, e.Verdict), max(c.worst, e.Verdict), e.Time
	if notify = t.told.tell(e) || worse; !notify {
		c.repeated++
		if c == t.others {
			c.clients.add(e)
		}
	}
	return notify, worse
}
