package baseline

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// Overflow says why a script got no profile.
type Overflow uint8

// The reasons. A script without a profile is judged as unknown, never skipped.
const (
	OverflowScripts    Overflow = iota // max_scripts is reached, or the share of it for new scripts
	OverflowDirectory                  // too many new scripts in one directory
	OverflowNetwork                    // too many new scripts by one client network
	OverflowPath                       // its path is longer than any file's
	OverflowRoutes                     // too many routes
	OverflowOperations                 // too many operations
	OverflowCount
)

// String returns the name used in metrics.
func (o Overflow) String() string {
	return [...]string{"scripts", "directory", "network", "path", "routes", "operations", "invalid"}[min(o, OverflowCount)]
}

// Shares of max_scripts. A flood of names must neither use up the room nor much
// memory: after learning, all new scripts together get a quarter, 25,000 or some
// 16 MB by default, which is more than a thousand times what a site gets in a
// month (theglobalreport, the busiest of the public logs: 60).
const (
	onceShare          = 2   // scripts that were seen once, while learning
	routeShare         = 4   // routes
	operationShare     = 4   // operations, besides
	lateShare          = 4   // new scripts after learning
	learningShare      = 4   // one network's, or one directory's, while learning
	lateDirectoryShare = 100 // one directory's after learning
	lateNetworkShare   = 400 // one network's after learning
	smallestQuota      = 16
)

// quota bounds how many profiles a client can make necessary. Its maps hold no
// more entries than there are profiles. Only making a profile takes its lock.
type quota struct {
	mu        sync.Mutex
	late      int
	dirs      map[string]int // scripts by directory, of the current phase
	networks  map[uint64]int // by the network that asked first
	overflows [OverflowCount]atomic.Uint64
}

// admission asks for room for a profile.
type admission struct {
	at       time.Time
	network  uint64 // of the client that made it necessary
	operator bool   // an operator's decision made it necessary: no quota applies
	route    bool   // the profile is of a route
	late     bool   // learning has ended, and no deploy window brought the script
	deployed bool   // a deploy window brought it
}

// held is what there is already when room is asked for: profiles, scripts that were
// seen once, and routes.
type held struct{ profiles, once, routes int }

// admit counts a profile about to be made, or says why it may not be.
func (q *quota) admit(key Key, a admission, has held, l Limits) (Overflow, bool) {
	switch {
	case len(key.Path) > scriptpath.MaxPathLen:
		return OverflowPath, false
	case has.profiles >= l.MaxScripts:
		return OverflowScripts, false
	case a.operator:
		return 0, true
	}
	dirs, networks := l.share(learningShare), l.share(learningShare)
	if a.late {
		dirs, networks = l.share(lateDirectoryShare), l.share(lateNetworkShare)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	dir := key.directory()
	switch {
	case a.late && !a.route && q.late >= l.share(lateShare), !a.late && !a.route && has.once >= l.share(onceShare):
		return OverflowScripts, false
	case a.route && has.routes >= l.share(routeShare):
		return OverflowRoutes, false
	case q.dirs[dir] >= dirs:
		return OverflowDirectory, false
	case q.networks[a.network] >= networks:
		return OverflowNetwork, false
	}
	q.count(dir, a.late && !a.route)
	if q.networks == nil {
		q.networks = make(map[uint64]int)
	}
	q.networks[a.network]++
	return 0, true
}

func (q *quota) count(dir string, late bool) {
	if q.dirs == nil {
		q.dirs = make(map[string]int)
	}
	q.dirs[dir]++
	if late {
		q.late++
	}
}

// countLate counts a late profile that was made without asking.
func (q *quota) countLate(key Key) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count(key.directory(), true)
}

// release gives back the room of a late profile.
func (q *quota) release(key Key) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.late--
	dir := key.directory()
	if q.dirs[dir] > 1 {
		q.dirs[dir]--
	} else {
		delete(q.dirs, dir)
	}
}

// restart begins a new phase: quotas are of what comes from now on.
func (q *quota) restart() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.late, q.dirs, q.networks = 0, nil, nil
}
