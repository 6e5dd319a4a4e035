package alert

import (
	"net/netip"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// Summary tells what followed an alert while it was quiet.
type Summary struct {
	Script baseline.Key // its path may be cut short; of a burst it is the directory
	Burst  bool         // Repeated counts new scripts
	Alike  bool         // Repeated counts requests to other scripts that answered just so
	Client netip.Addr   // the first of its network; invalid for many networks together
	// Clients are those of many networks, one of each, and More is true if there are
	// others.
	Clients  []netip.Addr
	More     bool
	Since    time.Time
	Repeated uint64
	Worst    detector.Verdict
}

// Summaries returns the alerts that were repeated and whose summary is due, and how
// many exchanges found no room since the last call. It forgets alerts that ended a
// week ago.
func (a *Alerts) Summaries(now time.Time) (list []Summary, lost uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, t := range a.threads {
		// over reports whether the course has ended.
		over := func(c *course) bool {
			if c.repeated > 0 && now.Sub(c.since) >= c.quiet {
				list = append(list, Summary{Script: key, Client: c.client, Since: c.since, Repeated: c.repeated, Worst: c.worst, Clients: c.clients.named, More: c.clients.more})
				c.since, c.repeated, c.clients = now, 0, clients{}
				c.quiet = min(2*c.quiet, mostQuiet)
			}
			return c.repeated == 0 && now.Sub(c.last) >= endsAfter
		}
		for network, c := range t.networks {
			if over(c) {
				delete(t.networks, network)
			}
		}
		if t.others != nil && over(t.others) {
			t.others = nil
		}
		if len(t.networks) == 0 && t.others == nil {
			delete(a.threads, key)
		}
	}
	list = a.endSweeps(a.endBursts(list, now), now)
	lost, a.lost = a.lost, 0
	return list, lost
}
