package baseline

import (
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// deployWindow is the latest one: scripts that appear in it are part of the site, but
// for those in directories where data is kept.
type deployWindow struct{ from, until atomic.Int64 } // Unix nanoseconds

// fileClock is by how much files' times lag behind the clock: the kernel stamps them
// with the time of its last tick, of which there are at least 100 a second (CONFIG_HZ of
// Linux). A file that is written right after a window was opened is older than it.
const fileClock = 10 * time.Millisecond

// open begins a window that lasts from now for the duration given, or ends one that is
// open if it is 0.
func (w *deployWindow) open(length time.Duration, now time.Time) {
	if length > 0 {
		w.from.Store(now.Add(-fileClock).UnixNano())
	}
	w.until.Store(now.Add(length).UnixNano())
}

// covers reports whether what became of the script at the time given was within the
// window, and where a deploy puts scripts.
func (w *deployWindow) covers(key Key, at time.Time) bool {
	from, until := w.from.Load(), w.until.Load()
	if from == 0 {
		return false
	}
	when := at.UnixNano()
	return from <= when && when < until && scriptpath.DataDirectory(key.Path) == ""
}

func (w *deployWindow) record() [2]int64 { return [2]int64{w.from.Load(), w.until.Load()} }

func (w *deployWindow) restore(rec [2]int64) {
	w.from.Store(rec[0])
	w.until.Store(rec[1])
}
