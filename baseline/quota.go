package baseline

import (
	"path"
	"sync"
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// Overflow says why a script got no profile.
type Overflow uint8

// The reasons. A script without a profile is judged as unknown, never skipped.
const (
	OverflowScripts   Overflow = iota // max_scripts is reached, or the share of it for new scripts
	OverflowDirectory                 // too many new scripts in one directory
	OverflowNetwork                   // too many new scripts by one client network
	OverflowPath                      // its path is longer than any file's
	OverflowRoutes                    // too many routes
	OverflowCount
)

// String returns the name used in metrics.
func (o Overflow) String() string {
	return [...]string{"scripts", "directory", "network", "path", "routes", "invalid"}[min(o, OverflowCount)]
}

// Shares of max_scripts. A flood of names must neither use up the room nor much
// memory: after learning, all new scripts together get a quarter, 25,000 or some
// 16 MB by default, which is more than a thousand times what a site gets in a
// month (theglobalreport, the busiest of the public logs: 60).
const (
	onceShare          = 2   // scripts that were seen once, while learning
	routeShare         = 4   // routes
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

// admit counts a profile about to be made, or says why it may not be.
func (q *quota) admit(key Key, by visitor, late bool, has held, l Limits) (Overflow, bool) {
	switch {
	case len(key.Path) > scriptpath.MaxPathLen:
		return OverflowPath, false
	case has.profiles >= l.MaxScripts:
		return OverflowScripts, false
	case by.operator:
		return 0, true
	}
	share := func(n int) int { return max(l.MaxScripts/n, min(smallestQuota, l.MaxScripts)) }
	dirs, networks := share(learningShare), share(learningShare)
	if late {
		dirs, networks = share(lateDirectoryShare), share(lateNetworkShare)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	dir := directory(key)
	switch {
	case late && q.late >= share(lateShare), !late && !by.route && has.once >= share(onceShare):
		return OverflowScripts, false
	case by.route && has.routes >= share(routeShare):
		return OverflowRoutes, false
	case q.dirs[dir] >= dirs:
		return OverflowDirectory, false
	case q.networks[by.network] >= networks:
		return OverflowNetwork, false
	}
	q.count(dir, late)
	if q.networks == nil {
		q.networks = make(map[uint64]int)
	}
	q.networks[by.network]++
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

// list counts a late profile that was made for an operator.
func (q *quota) list(key Key) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count(directory(key), true)
}

// release gives back the room of a late profile.
func (q *quota) release(key Key) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.late--
	dir := directory(key)
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

// directory names the directory of a script, and its root.
func directory(key Key) string { return key.Root + path.Dir(key.Path) }

// Overflows returns how many times a script got no profile for the reason.
func (s *Site) Overflows(o Overflow) uint64 {
	return s.quota.overflows[min(o, OverflowCount-1)].Load()
}
