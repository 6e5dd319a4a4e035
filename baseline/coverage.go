package baseline

import (
	"math"
	"sync/atomic"
	"time"
)

// Coverage estimates how much of a site's traffic goes to scripts already seen. A
// sample is the first visit per script, client network and UTC day: counting
// requests instead lets one busy client end learning.
type Coverage struct {
	hash   Hasher
	period *learningPeriod

	samples    atomic.Int64 // N
	singletons atomic.Int64 // n₁: scripts with exactly one sample
	changed    atomic.Int64 // Unix nanoseconds of the last sample
	drift      noveltyDrift
	creation   creationRate
	others     otherTraffic
}

const secondsPerDay = 24 * 60 * 60

// learn counts a visit, if it is a sample.
func (c *Coverage) learn(p *Profile, v *Visit) {
	day := v.Time.Unix() / secondsPerDay
	if !p.samples.Add(c.hash.sample(v.Network, day)) {
		return
	}
	grown := int64(p.samples.Count())
	for {
		old := p.sampled.Load()
		if grown <= old {
			return
		}
		if p.sampled.CompareAndSwap(old, grown) {
			c.grow(old, grown)
			break
		}
	}
	raiseTo(&c.changed, v.Time.UnixNano())
	c.drift.add(day, p.first.Load()/secondsPerDay == day)
}

// admit counts the samples of a script that was a candidate so far.
func (c *Coverage) admit(p *Profile) {
	n := int64(p.samples.Count())
	p.sampled.Store(n)
	c.grow(0, n)
	raiseTo(&c.changed, p.last.Load()*int64(time.Second))
	c.created(p.key, p.FirstSeen())
}

// grow counts that a script's samples have become more.
func (c *Coverage) grow(from, to int64) {
	c.samples.Add(to - from)
	if to == 1 {
		c.singletons.Add(1)
	} else if from == 1 {
		c.singletons.Add(-1)
	}
}

// created notes when a script was first seen, unless that was on the first day of
// learning, when every script is.
func (c *Coverage) created(key Key, at time.Time) {
	if day := at.Unix() / secondsPerDay; day > c.period.started.Load()/int64(time.Second)/secondsPerDay {
		c.creation.add(key, day)
	}
}

// lastSample returns the time of the latest sample, in Unix nanoseconds.
func (c *Coverage) lastSample() int64 { return c.changed.Load() }

// forget takes back the samples of a script that is deleted.
func (c *Coverage) forget(p *Profile) {
	n := p.sampled.Load()
	c.samples.Add(-n)
	if n == 1 {
		c.singletons.Add(-1)
	}
}

// seenOnce returns how many scripts have one sample.
func (c *Coverage) seenOnce() int { return int(c.singletons.Load()) }

// Value returns the estimated probability, 0 to 1, that the next visit is to a
// script already seen, and the number of samples it rests on.
//
// It is max(0, 1 − (n₁+3)/N): the Good–Turing estimate of the seen mass (Good,
// 1953), held back by the 95 % bound for a rate of which nothing was seen (the rule
// of three; Hanley and Lippman-Hand, 1983). Without samples it is 1: there is nothing
// to be seen.
func (c *Coverage) Value() (coverage float64, samples int) {
	n := c.samples.Load()
	if n == 0 {
		return 1, 0
	}
	return max(0, 1-(float64(c.singletons.Load())+3)/float64(n)), int(n)
}

// UnseenRate returns the estimated share of visits that go to scripts not seen
// before, (n₁+½)/(N+1): greater than 0 and at most 1.
func (c *Coverage) UnseenRate() float64 {
	n, once := float64(c.samples.Load()), float64(c.singletons.Load())
	return math.Min(1, (once+0.5)/(n+1))
}

// NoveltyDrift returns which share of the samples of the last whole UTC day went to
// scripts that were first seen that day, 0 to 1, and how many samples it rests
// on: 0 while the site is in its first two days.
func (c *Coverage) NoveltyDrift() (share float64, samples int) {
	d := c.drift.lastComplete()
	if d.Samples == 0 || d.Day <= c.period.started.Load()/int64(24*time.Hour) {
		return 0, 0
	}
	return float64(d.Fresh) / float64(d.Samples), d.Samples
}

// CreationRate returns on which share of the days of learning, but for its first, a
// script of the same directory was first seen, 0 to 1, and how many days that were.
// Both are 0 while the site is learning.
func (c *Coverage) CreationRate(key Key) (share float64, days int) {
	end := c.period.closed.Load()
	if end == 0 {
		return 0, 0
	}
	all := max(0, end/int64(24*time.Hour)-c.period.started.Load()/int64(24*time.Hour))
	created := c.creation.days(key)
	if created == 0 || all == 0 {
		return 0, int(all)
	}
	return min(1, float64(created)/float64(all)), int(all)
}

// coverageRecord is coverage as it is stored.
type coverageRecord struct {
	Samples    int64       `json:"samples"`
	Singletons int64       `json:"singletons"`
	Changed    int64       `json:"changed"`
	Drift      [2]driftDay `json:"drift"` // today and the last whole day
	// Creation is, by directory, the last day and the number of days on which
	// scripts were first seen.
	Creation map[string][2]int64 `json:"creation,omitempty"`
	// Others is what was served that is no script.
	Others otherRecord `json:"others,omitzero"`
}

func (c *Coverage) record() coverageRecord {
	return coverageRecord{
		Samples: c.samples.Load(), Singletons: c.singletons.Load(), Changed: c.changed.Load(),
		Drift: c.drift.record(), Creation: c.creation.record(),
		Others: c.others.record(),
	}
}

func (c *Coverage) restore(rec coverageRecord) {
	c.samples.Store(rec.Samples)
	c.singletons.Store(rec.Singletons)
	c.changed.Store(rec.Changed)
	c.drift.restore(rec.Drift)
	c.creation.restore(rec.Creation)
	c.others.restore(rec.Others)
}
