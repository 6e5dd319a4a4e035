package baseline

import (
	"sync/atomic"
	"time"
)

// learningPeriod is when the site began to learn, and when that ended.
type learningPeriod struct {
	started atomic.Int64 // Unix nanoseconds
	closed  atomic.Int64 // 0 while it lasts
}

// lasts reports whether the site is learning.
func (p *learningPeriod) lasts() bool { return p.closed.Load() == 0 }

func (p *learningPeriod) startedAt() time.Time { return time.Unix(0, p.started.Load()).UTC() }

// closedAt is the zero time while learning lasts.
func (p *learningPeriod) closedAt() time.Time {
	if at := p.closed.Load(); at != 0 {
		return time.Unix(0, at).UTC()
	}
	return time.Time{}
}

// periodRecord is a learning period as it is stored.
type periodRecord struct {
	Started time.Time  `json:"started"`
	Closed  *time.Time `json:"closed,omitempty"`
}

func (p *learningPeriod) record() periodRecord {
	rec := periodRecord{Started: p.startedAt()}
	if closed := p.closedAt(); !closed.IsZero() {
		rec.Closed = &closed
	}
	return rec
}

func (p *learningPeriod) restore(rec periodRecord) {
	p.started.Store(rec.Started.UnixNano())
	if rec.Closed != nil {
		p.closed.Store(rec.Closed.UnixNano())
	}
}
