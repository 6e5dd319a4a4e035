package baseline

import (
	"fmt"
	"sync/atomic"
	"time"
)

// Containment is a time in which only trusted scripts are served and nothing is
// learned.
type Containment struct {
	Since time.Time `json:"since"`
	// Until is when it ends by itself; zero if it does not.
	Until time.Time `json:"until,omitzero"`
	// Rehearse is true if nothing is refused, and what would be is only listed.
	Rehearse bool `json:"rehearse,omitempty"`
}

// over reports whether it ended by itself.
func (c Containment) over(now time.Time) bool { return !c.Until.IsZero() && !now.Before(c.Until) }

// String says what the containment is, for the list of decisions.
func (c Containment) String() string {
	what := "contained"
	if c.Rehearse {
		what = "contained in rehearsal"
	}
	if c.Until.IsZero() {
		return what
	}
	return fmt.Sprintf("%s until %s", what, c.Until.Format(time.RFC3339))
}

// Containments are the one that is on, if any, and what the latest refused.
type Containments struct {
	log      *decisionLog
	dirty    *dirtyMark
	now      atomic.Pointer[Containment] // nil if there is none; perhaps over
	refusals refusals
}

// Begin begins a containment that lasts for the time given, or until Release
// if that is 0. It replaces one that is on; what that refused stays listed, unless
// the new one is the first that refuses.
func (c *Containments) Begin(length time.Duration, rehearse bool, by Author, now time.Time) Containment {
	fresh := Containment{Since: now.UTC(), Rehearse: rehearse}
	if length > 0 {
		fresh.Until = fresh.Since.Add(length)
	}
	if before, on := c.Active(now); on && before.Rehearse == rehearse {
		fresh.Since = before.Since
	} else {
		c.refusals.reset()
	}
	c.now.Store(&fresh)
	c.log.add(Decision{Time: now, Decided: fresh.String(), By: by})
	return fresh
}

// Release ends the containment, and reports whether there was one. What it
// refused stays listed until the next.
func (c *Containments) Release(by Author, now time.Time) bool {
	if _, on := c.Active(now); !on {
		return false
	}
	c.now.Store(nil)
	c.log.add(Decision{Time: now, Decided: "released", By: by})
	return true
}

// Active returns the containment that is on at the time given. It takes no
// lock and does not allocate.
func (c *Containments) Active(now time.Time) (current Containment, on bool) {
	p := c.now.Load()
	if p == nil || p.over(now) {
		return Containment{}, false
	}
	return *p, true
}

// Lapse ends a containment whose time is over, once, and returns it.
func (c *Containments) Lapse(now time.Time) (ended Containment, lapsed bool) {
	p := c.now.Load()
	if p == nil || !p.over(now) || !c.now.CompareAndSwap(p, nil) {
		return Containment{}, false
	}
	c.log.add(Decision{Time: p.Until, Decided: "released", Reason: "its time was over"})
	return *p, true
}

// Refused lists what containment refuses, or would.
func (c *Containments) Refused(key Key, m Method, known bool, now time.Time) {
	if c.refusals.add(key, m, known, now) {
		c.dirty.Store(true)
	}
}

// Refusals lists what the latest containment refused, most often first, and for
// how many requests there was no room in the list.
func (c *Containments) Refusals() (list []Refusal, missed uint64) { return c.refusals.list() }

// frozen reports whether nothing may be learned.
func (c *Containments) frozen(now time.Time) bool {
	current, on := c.Active(now)
	return on && !current.Rehearse
}

// containmentRecord is what is stored of containments. Snapshots of earlier versions
// have none.
type containmentRecord struct {
	Contained *Containment    `json:"contained,omitempty"`
	Refusals  []refusalRecord `json:"refusals,omitempty"`
}

func (c *Containments) record() containmentRecord {
	return containmentRecord{Contained: c.now.Load(), Refusals: c.refusals.record()}
}

// restore replaces what is known of containments.
func (c *Containments) restore(rec containmentRecord) {
	c.now.Store(rec.Contained)
	c.refusals.restore(rec.Refusals)
}
