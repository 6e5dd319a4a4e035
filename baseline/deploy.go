package baseline

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// deployment is the latest deploy window: scripts that appear in it are part of
// the site, but for those in directories where data is kept.
type deployment struct{ from, until atomic.Int64 } // Unix nanoseconds

// fileClock is by how much files' times lag behind the clock: the kernel takes them
// down as of its last tick, of which there are at least 100 a second (CONFIG_HZ of
// Linux). A file that is written right after a window was opened is older than it.
const fileClock = 10 * time.Millisecond

// Deploy opens a deploy window that lasts from now for the duration given, or
// ends one that is open if it is 0. Scripts first visited in it, and files
// changed in it, are taken for the operator's: not new, and provisional. Those in
// upload, cache and temporary directories are not.
func (s *Site) Deploy(length time.Duration, reason string, now time.Time) {
	if length > 0 {
		s.deploy.from.Store(now.Add(-fileClock).UnixNano())
	}
	s.deploy.until.Store(now.Add(length).UnixNano())
	s.decide(Decision{Time: now, Decided: fmt.Sprintf("deploy window of %s", length), Reason: reason})
}

// Deployed reports whether what became of the script at the time given was
// within the latest deploy window, and where a deploy puts scripts.
func (s *Site) Deployed(key Key, at time.Time) bool {
	from, until := s.deploy.from.Load(), s.deploy.until.Load()
	if from == 0 {
		return false
	}
	when := at.UnixNano()
	return from <= when && when < until && scriptpath.DataDirectory(key.Path) == ""
}
