package baseline

import (
	"sync/atomic"
	"time"
)

// Trust says what may be assumed of a script.
type Trust uint32

// The degrees of trust. Only the end of learning, an operator, a manifest or a
// deploy window changes the trust of a script.
const (
	Provisional Trust = iota // known and listed, not vouched for
	Trusted
	Denied // refused in every mode
	trustCount
)

// String returns the name used in listings and metrics.
func (t Trust) String() string {
	return [...]string{"provisional", "trusted", "denied", "invalid"}[min(t, trustCount)]
}

// statusClasses is 1xx to 5xx.
const statusClasses = 5

// Profile is what the baseline knows of one script. A profile without what
// lies behind its sketches takes about 370 bytes. Its methods read atomic
// counters: no lock, no allocation.
type Profile struct {
	key     Key
	late    bool // first seen after learning had ended
	alone   atomic.Bool
	trust   atomic.Uint32
	methods methods
	first   atomic.Int64 // Unix seconds
	last    atomic.Int64
	visits  [methodCount][statusClasses]atomic.Uint32
	sampled atomic.Int64 // samples counted towards the site's coverage

	networks sketch // distinct client networks
	samples  sketch // distinct (client network, UTC day)
}

// Key returns what the profile is of.
func (p *Profile) Key() Key { return p.key }

// Trust returns how far the script may be trusted now.
func (p *Profile) Trust() Trust { return Trust(p.trust.Load()) }

// Novel reports whether the script appeared after learning had ended and
// nobody has vouched for it. Traffic and age do not change that.
func (p *Profile) Novel() bool { return p.late && p.Trust() == Provisional }

// FirstSeen returns when the script was first visited, to the second.
func (p *Profile) FirstSeen() time.Time { return time.Unix(p.first.Load(), 0).UTC() }

// LastSeen returns when the script was last visited, to the second.
func (p *Profile) LastSeen() time.Time { return time.Unix(p.last.Load(), 0).UTC() }

// Networks estimates how many client networks visited the script: exact up to
// eight, within about 13 % beyond.
func (p *Profile) Networks() int { return p.networks.count() }

// Visits returns how many answered requests of the method were learned.
func (p *Profile) Visits(m Method) uint64 {
	var n uint64
	for class := range p.visits[m] {
		n += uint64(p.visits[m][class].Load())
	}
	return n
}

// MethodCounts returns how many visits were learned over all known methods, and
// how many of these methods were seen exactly once.
func (p *Profile) MethodCounts() (visits, once uint64) {
	for m := range methodCount {
		if !p.KnowsMethod(m) {
			continue
		}
		n := p.Visits(m)
		visits += n
		if n == 1 {
			once++
		}
	}
	return visits, once
}

// Alone reports whether the script was ever visited with nothing after its
// name and answered with success: a directory that is called like a script was
// not.
func (p *Profile) Alone() bool { return p.alone.Load() }

// count adds one visit. A counter that is full stays full.
func (p *Profile) count(v Visit) {
	if v.Alone && v.Status/100 == 2 && !p.alone.Load() {
		p.alone.Store(true)
	}
	class := min(max(v.Status/100-1, 0), statusClasses-1)
	if c := &p.visits[v.Method][class]; c.Load() < 1<<32-1 {
		c.Add(1)
	}
	raise(&p.last, v.Time.Unix())
	p.networks.add(v.Network)
}

// raise sets a to at least v: clocks may go backwards, what was seen last may not.
func raise(a *atomic.Int64, v int64) {
	for old := a.Load(); v > old; old = a.Load() {
		if a.CompareAndSwap(old, v) {
			return
		}
	}
}
