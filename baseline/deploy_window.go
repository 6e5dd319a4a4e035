package baseline

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// DeployWindow is a time in which scripts that appear are part of the site, but for
// those in directories where data is kept.
type DeployWindow struct{ Since, Until time.Time }

// deployWindow is the latest one, open or not.
type deployWindow struct {
	latest atomic.Pointer[windowTimes] // nil if there was none
	past   deployHistory
}

type windowTimes struct {
	since, until int64 // Unix nanoseconds
	reported     bool  // its end was
}

// fileClock is by how much files' times lag behind the clock: the kernel stamps them
// with the time of its last tick, of which there are at least 100 a second (CONFIG_HZ of
// Linux). A file that is written right after a window was opened is older than it.
const fileClock = 10 * time.Millisecond

func (w *windowTimes) window() DeployWindow {
	return DeployWindow{Since: time.Unix(0, w.since).UTC(), Until: time.Unix(0, w.until).UTC()}
}

// Deploy opens a deploy window that lasts from now for the duration given, or gives one
// that is open a new end. Scripts first visited in it, and files changed in it, are
// taken for the operator's: not new, and provisional. Those in upload, cache and
// temporary directories are not.
func (d *Decisions) Deploy(length time.Duration, by Author, now time.Time) DeployWindow {
	fresh := &windowTimes{since: now.UnixNano(), until: now.Add(length).UnixNano()}
	if before, open := d.Deploying(now); open {
		fresh.since = before.Since.UnixNano()
	} else {
		d.window.past.add(d.window.latest.Load())
	}
	d.window.latest.Store(fresh)
	d.log.add(Decision{Time: now, Decided: fmt.Sprintf("deploy window of %s", length), By: by})
	return fresh.window()
}

// EndDeploy ends the deploy window that is open, and reports whether one was.
func (d *Decisions) EndDeploy(by Author, now time.Time) (ended DeployWindow, wasOpen bool) {
	if ended, wasOpen = d.Deploying(now); !wasOpen {
		return DeployWindow{}, false
	}
	ended.Until = now.UTC()
	d.window.latest.Store(&windowTimes{since: ended.Since.UnixNano(), until: now.UnixNano(), reported: true})
	d.log.add(Decision{Time: now, Decided: "deploy window ended", By: by})
	return ended, true
}

// LapseDeploy returns a deploy window whose time is over, once.
func (d *Decisions) LapseDeploy(now time.Time) (ended DeployWindow, lapsed bool) {
	w := d.window.latest.Load()
	if w == nil || w.reported || now.UnixNano() < w.until {
		return DeployWindow{}, false
	}
	if !d.window.latest.CompareAndSwap(w, &windowTimes{since: w.since, until: w.until, reported: true}) {
		return DeployWindow{}, false
	}
	ended = w.window()
	d.log.add(Decision{Time: ended.Until, Decided: "deploy window ended", Reason: "its time was over"})
	return ended, true
}

// Deploying returns the deploy window that is open at the time given.
func (d *Decisions) Deploying(now time.Time) (current DeployWindow, open bool) {
	w := d.window.latest.Load()
	if w == nil || now.UnixNano() >= w.until {
		return DeployWindow{}, false
	}
	return w.window(), true
}

// Deployed reports whether what became of the script at the time given was
// within the latest deploy window, and where a deploy puts scripts.
func (d *Decisions) Deployed(key Key, at time.Time) bool {
	w := d.window.latest.Load()
	if w == nil {
		return false
	}
	when := at.UnixNano()
	return w.since-int64(fileClock) <= when && when < w.until && scriptpath.DataDirectory(key.Path) == ""
}

// deployRecord is a deploy window as it is stored: its times, and 1 if its end was
// reported, which snapshots of earlier versions lack. It is zero if there was none.
type deployRecord [3]int64

func (w *deployWindow) record() (rec deployRecord) {
	if latest := w.latest.Load(); latest != nil {
		if rec = (deployRecord{latest.since, latest.until}); latest.reported {
			rec[2] = 1
		}
	}
	return rec
}

func (w *deployWindow) restore(rec deployRecord) {
	if rec[0] != 0 {
		w.latest.Store(&windowTimes{since: rec[0], until: rec[1], reported: rec[2] != 0})
	}
}
