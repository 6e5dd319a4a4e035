package detector

import (
	"net/netip"
	"sync"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

const (
	// alertQuiet is how long a script and client stay summarised after their
	// alert.
	alertQuiet = 10 * time.Minute
	// maxOpenAlerts bounds the alerts that are being summarised.
	maxOpenAlerts = 4096
)

// Alerts decides which non-clean exchanges are worth telling a person: the
// first of each script and client network, then one summary each ten minutes
// while it goes on. The zero value is ready; methods may be called
// concurrently.
type Alerts struct {
	mu   sync.Mutex
	open map[alertKey]*alert
	lost uint64 // exchanges that found no room
}

type alertKey struct {
	script  baseline.Key
	network uint64
}

type alert struct {
	since    time.Time
	client   netip.Addr
	repeated uint64
	worst    Verdict
}

// Summary tells what followed an alert while it was quiet.
type Summary struct {
	Script   baseline.Key
	Client   netip.Addr // the first of its network
	Since    time.Time
	Repeated uint64
	Worst    Verdict
}

// Notify counts a non-clean exchange and reports whether it is to be told at
// once. A verdict worse than those told before is always told.
func (a *Alerts) Notify(network uint64, j *Judgement) bool {
	f := &j.Facts
	key := alertKey{script: f.Key, network: network}
	a.mu.Lock()
	defer a.mu.Unlock()
	if old := a.open[key]; old != nil {
		if j.Verdict > old.worst {
			old.worst = j.Verdict
			return true
		}
		old.repeated++
		return false
	}
	if len(a.open) >= maxOpenAlerts {
		a.lost++
		return false
	}
	if a.open == nil {
		a.open = make(map[alertKey]*alert)
	}
	a.open[key] = &alert{since: f.Time, client: f.Client, worst: j.Verdict}
	return true
}

// Summaries ends the quiet of alerts older than ten minutes, and returns those
// that were repeated, and how many exchanges found no room since the last call.
func (a *Alerts) Summaries(now time.Time) (list []Summary, lost uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, old := range a.open {
		if now.Sub(old.since) < alertQuiet {
			continue
		}
		if old.repeated == 0 {
			delete(a.open, key)
			continue
		}
		list = append(list, Summary{Script: key.script, Client: old.client, Since: old.since, Repeated: old.repeated, Worst: old.worst})
		old.since, old.repeated = now, 0
	}
	lost, a.lost = a.lost, 0
	return list, lost
}
