package baseline

import (
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// maxPastDeploys is how many deploy windows before the latest are remembered: a year of
// weekly deploys, and some. A file that came in an older one is taken for changed by
// nobody knows whom, until it is approved.
const maxPastDeploys = 64

// deployHistory are the deploy windows before the latest, oldest first. A deploy that came
// later does not make files of an earlier one the work of a stranger.
type deployHistory struct{ windows atomic.Pointer[[]windowTimes] }

func (h *deployHistory) list() []windowTimes {
	if windows := h.windows.Load(); windows != nil {
		return *windows
	}
	return nil
}

func (h *deployHistory) add(w *windowTimes) {
	if w == nil {
		return
	}
	list := append(append([]windowTimes(nil), h.list()...), *w)
	list = list[max(0, len(list)-maxPastDeploys):]
	h.windows.Store(&list)
}

// DeployedEver reports whether what became of the script at the time given was within a
// deploy window, the latest or one before it, and where a deploy puts scripts.
func (d *Decisions) DeployedEver(key Key, at time.Time) bool {
	if d.Deployed(key, at) {
		return true
	}
	if scriptpath.DataDirectory(key.Path) != "" {
		return false
	}
	when := at.UnixNano()
	for _, w := range d.window.past.list() {
		if w.since-int64(fileClock) <= when && when < w.until {
			return true
		}
	}
	return false
}

func (h *deployHistory) record() (rec [][2]int64) {
	for _, w := range h.list() {
		rec = append(rec, [2]int64{w.since, w.until})
	}
	return rec
}

func (h *deployHistory) restore(rec [][2]int64) {
	for _, times := range rec[max(0, len(rec)-maxPastDeploys):] {
		h.add(&windowTimes{since: times[0], until: times[1], reported: true})
	}
}
