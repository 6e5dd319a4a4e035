package baseline

import (
	"encoding/binary"
	"math"
	"sync/atomic"
	"time"

	"github.com/dchest/siphash"
)

// Visit is an answered request to a script that exists, as far as the baseline
// learns from it.
type Visit struct {
	Time    time.Time
	Method  Method
	Status  int
	Network uint64 // from [Site.NetworkHash]
	Alone   bool   // nothing followed the script's name
	// Deployed is true if the script's file came in a deploy window.
	Deployed bool
	Shape    Shape
	// Payload is true if the request carried one, Origin where it came from.
	Payload bool
	Origin  Origin
}

// Origin is where a request came from, as far as it says so.
type Origin uint8

// The origins.
const (
	FromUnknown Origin = iota
	FromPage
	FromNowhere // neither a Referer nor an Origin
)

// Learn adds a visit to the script's profile, which it makes if need be, and
// returns the profile, or nil if there was no room for one. The caller has
// decided that the visit may be learned from.
func (s *Site) Learn(key Key, v Visit, l Limits) *Profile {
	p := s.profile(key, visitor{at: v.Time, network: v.Network, deployed: v.Deployed}, l)
	if p == nil {
		return nil
	}
	p.learn(&v, s)
	s.visits.Inc()
	s.networks.Add(v.Network)
	if p.samples.Add(s.sampleHash(&v)) {
		s.coverage.sample(p, v.Time)
	}
	if !s.dirty.Load() {
		s.dirty.Store(true)
	}
	return p
}

// LearnRoute adds a visit to the profile of a route, which it makes while
// learning. Routes say nothing about coverage: scripts do.
func (s *Site) LearnRoute(key Key, v Visit, l Limits) {
	p := s.Lookup(key)
	if p == nil {
		if s.closed.Load() != 0 {
			return
		}
		if p = s.profile(key, visitor{at: v.Time, network: v.Network, route: true}, l); p == nil {
			return
		}
	}
	p.learn(&v, s)
	if !s.dirty.Load() {
		s.dirty.Store(true)
	}
}

// Note keeps that a visit was made which is not to be learned from: it makes a
// profile for a script that exists, so that it can be listed, and remembers a
// method that the script does not normally take.
func (s *Site) Note(key Key, v Visit, l Limits) {
	if p := s.profile(key, visitor{at: v.Time, network: v.Network}, l); p != nil {
		if !p.Dormant(v.Time) {
			raise(&p.last, v.Time.Unix())
		}
		p.methods.use(&v, false)
		s.dirty.Store(true)
	}
}

// sampleHash identifies a client network on one UTC day.
func (s *Site) sampleHash(v *Visit) uint64 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], v.Network)
	binary.LittleEndian.PutUint64(b[8:], uint64(v.Time.Unix()/86400))
	return siphash.Hash(s.secret[0], s.secret[1], b[:])
}

// coverage estimates how much of a site's traffic goes to scripts already
// seen. A sample is the first visit per script, client network and UTC day:
// counting requests instead lets one busy client end learning.
type coverage struct {
	samples    atomic.Int64 // N
	singletons atomic.Int64 // n₁: scripts with exactly one sample
	changed    atomic.Int64 // Unix nanoseconds of the last sample
	drift      drift
}

// sample counts what the profile's samples have grown by.
func (c *coverage) sample(p *Profile, now time.Time) {
	grown := int64(p.samples.Count())
	for {
		old := p.sampled.Load()
		if grown <= old {
			return
		}
		if !p.sampled.CompareAndSwap(old, grown) {
			continue
		}
		c.samples.Add(grown - old)
		if grown == 1 {
			c.singletons.Add(1)
		} else if old == 1 {
			c.singletons.Add(-1)
		}
		raise(&c.changed, now.UnixNano())
		c.drift.sample(p, now)
		return
	}
}

// value is max(0, 1 − (n₁+3)/N): the Good–Turing estimate of the seen mass
// (Good, 1953), held back by the 95 % bound for a rate of which nothing was
// seen (the rule of three; Hanley and Lippman-Hand, 1983). Without samples it
// is 1: there is nothing to be seen.
func (c *coverage) value() float64 {
	n := float64(c.samples.Load())
	if n == 0 {
		return 1
	}
	return max(0, 1-(float64(c.singletons.Load())+3)/n)
}

// Coverage returns the estimated probability, 0 to 1, that the next visit is to
// a script already seen, and the number of samples it rests on.
func (s *Site) Coverage() (coverage float64, samples int) {
	return s.coverage.value(), int(s.coverage.samples.Load())
}

// UnseenRate returns the estimated share of visits that go to scripts not seen
// before, (n₁+½)/(N+1): greater than 0 and at most 1.
func (s *Site) UnseenRate() float64 {
	n, once := float64(s.coverage.samples.Load()), float64(s.coverage.singletons.Load())
	return math.Min(1, (once+0.5)/(n+1))
}
