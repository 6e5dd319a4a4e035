package caddymodule

import (
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

// activityHours is how far back a site's activity is known: a week.
const activityHours = 7 * 24

// activity counts what happened to a site, by the hour. It outlives reloads, not
// the process.
type activity [activityHours]activeHour

type activeHour struct {
	hour                         atomic.Int64 // since 1970
	requests, alerts, wouldBlock atomic.Uint64
}

// at returns the counters of an hour. As an hour begins a few requests may be lost
// to whoever clears it.
func (a *activity) at(now time.Time) *activeHour {
	hour := now.Unix() / 3600
	h := &a[hour%activityHours]
	if old := h.hour.Load(); old != hour && h.hour.CompareAndSwap(old, hour) {
		h.requests.Store(0)
		h.alerts.Store(0)
		h.wouldBlock.Store(0)
	}
	return h
}

// last sums up the hours given, the current one among them.
func (a *activity) last(hours int, now time.Time) (sum adminapi.Activity) {
	current := now.Unix() / 3600
	for i := range a {
		h := &a[i]
		if age := current - h.hour.Load(); age < 0 || age >= int64(hours) {
			continue
		}
		sum.Requests += h.requests.Load()
		sum.Alerts += h.alerts.Load()
		sum.WouldBlock += h.wouldBlock.Load()
	}
	return sum
}
