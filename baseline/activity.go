package baseline

import (
	"sync/atomic"
	"time"
)

// activityHours is how far back a site's activity is known: a week.
const activityHours = 7 * 24

// Activity counts what happened to a site in line, by the hour.
type Activity struct{ hours [activityHours]activeHour }

// ActivityCounts are how many requests there were, alerts for somebody to read, and
// requests that block mode refuses, whatever the mode was.
type ActivityCounts struct{ Requests, Alerts, WouldBlock uint64 }

type activeHour struct {
	hour                         atomic.Int64 // since 1970
	requests, alerts, wouldBlock atomic.Uint64
}

// CountRequest counts a request.
func (a *Activity) CountRequest(now time.Time) { a.at(hourOf(now)).requests.Add(1) }

// CountAlert counts an alert.
func (a *Activity) CountAlert(now time.Time) { a.at(hourOf(now)).alerts.Add(1) }

// CountWouldBlock counts a request that block mode refuses.
func (a *Activity) CountWouldBlock(now time.Time) { a.at(hourOf(now)).wouldBlock.Add(1) }

func hourOf(at time.Time) int64 { return at.Unix() / 3600 }

// at returns the counters of an hour. As an hour begins a few requests may be lost
// to whoever clears it.
func (a *Activity) at(hour int64) *activeHour {
	h := &a.hours[hour%activityHours]
	if old := h.hour.Load(); old != hour && h.hour.CompareAndSwap(old, hour) {
		h.requests.Store(0)
		h.alerts.Store(0)
		h.wouldBlock.Store(0)
	}
	return h
}

// Last sums up the hours given, the current one among them.
func (a *Activity) Last(hours int, now time.Time) (sum ActivityCounts) {
	current := hourOf(now)
	for i := range a.hours {
		h := &a.hours[i]
		if age := current - h.hour.Load(); age < 0 || age >= int64(hours) {
			continue
		}
		sum.Requests += h.requests.Load()
		sum.Alerts += h.alerts.Load()
		sum.WouldBlock += h.wouldBlock.Load()
	}
	return sum
}

// An activityRecord is an hour as it is stored: since 1970, requests, alerts, and what
// block mode refuses.
type activityRecord [4]int64

func (a *Activity) record() (list []activityRecord) {
	for i := range a.hours {
		h := &a.hours[i]
		rec := activityRecord{h.hour.Load(), int64(h.requests.Load()), int64(h.alerts.Load()), int64(h.wouldBlock.Load())}
		if rec != (activityRecord{rec[0]}) {
			list = append(list, rec)
		}
	}
	return list
}

// restore adds the hours that were stored.
func (a *Activity) restore(list []activityRecord) {
	for _, rec := range list {
		if min(rec[0], rec[1], rec[2], rec[3]) < 0 || a.hours[rec[0]%activityHours].hour.Load() > rec[0] {
			continue
		}
		h := a.at(rec[0])
		h.requests.Add(uint64(rec[1]))
		h.alerts.Add(uint64(rec[2]))
		h.wouldBlock.Add(uint64(rec[3]))
	}
}

// reset forgets all hours.
func (a *Activity) reset() {
	for i := range a.hours {
		h := &a.hours[i]
		h.hour.Store(0)
		h.requests.Store(0)
		h.alerts.Store(0)
		h.wouldBlock.Store(0)
	}
}
