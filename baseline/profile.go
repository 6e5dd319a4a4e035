package baseline

import (
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
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

// Profile is what the baseline knows of one script or route. It takes 512
// bytes, 64 more for each of its sketches with more than eight entries, and 160
// more if methods other than GET and POST were used; README has the formula for
// a site. Its methods read atomic counters: no lock, no allocation.
type Profile struct {
	key     Key
	route   bool
	late    atomic.Bool // first seen after learning had ended
	alone   atomic.Bool
	vouched atomic.Bool // trusted by more than the traffic of the learning time
	trust   atomic.Uint32
	methods methods
	first   atomic.Int64 // Unix seconds
	last    atomic.Int64
	counts  counts
	sampled atomic.Int64 // samples counted towards the site's coverage

	networks sketch.Distinct // distinct client networks
	samples  sketch.Distinct // distinct (client network, UTC day)
	shape    shape
	referred referred
	uses     uses
}

// Key returns what the profile is of.
func (p *Profile) Key() Key { return p.key }

// Route reports whether the profile is of a route: its path is a template.
func (p *Profile) Route() bool { return p.route }

// Trust returns how far the script may be trusted now.
func (p *Profile) Trust() Trust { return Trust(p.trust.Load()) }

// Novel reports whether the script appeared after learning had ended and
// nobody has vouched for it. Traffic and age do not change that.
func (p *Profile) Novel() bool { return p.late.Load() && p.Trust() == Provisional }

// FirstSeen returns when the script was first visited, to the second.
func (p *Profile) FirstSeen() time.Time { return time.Unix(p.first.Load(), 0).UTC() }

// LastSeen returns when the script was last visited, to the second.
func (p *Profile) LastSeen() time.Time { return time.Unix(p.last.Load(), 0).UTC() }

// dormantAfter is how long without a visit makes a script dormant. Pages of
// seasons and quarters are visited more often than that.
const dormantAfter = 120 * 24 * time.Hour

// Dormant reports whether nobody visited the script for 120 days before the time
// given: its trust has faded. Only a payload ends that.
func (p *Profile) Dormant(now time.Time) bool {
	return now.Unix()-p.last.Load() > int64(dormantAfter/time.Second)
}

// Networks estimates how many client networks visited the script: exact up to
// eight, within about 13 % beyond.
func (p *Profile) Networks() int { return p.networks.Count() }

// Visits returns how many answered requests of the method were learned.
func (p *Profile) Visits(m Method) uint64 { return p.counts.total(m) }

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

// learn adds a visit.
func (p *Profile) learn(v *Visit, s *Site) {
	if v.Alone && v.Status/100 == 2 && !p.alone.Load() {
		p.alone.Store(true)
	}
	p.methods.use(v, s.closed.Load() == 0 || p.Novel())
	p.counts.add(v.Method, v.Status)
	if !v.Method.Reads() || !p.Dormant(v.Time) { // to read it first must not wake it
		raise(&p.last, v.Time.Unix())
	}
	p.networks.Add(v.Network)
	p.shape.learn(&v.Shape, v.Method, s)
	if s.closed.Load() == 0 {
		p.uses.learn(&v.Shape, v.Method, v.Status, s)
	}
	if v.Payload && v.Origin != FromUnknown && s.closed.Load() == 0 {
		p.referred.learn(v.Origin == FromNowhere)
	}
}

// raise sets a to at least v: clocks may go backwards, what was seen last may not.
func raise(a *atomic.Int64, v int64) {
	for old := a.Load(); v > old; old = a.Load() {
		if a.CompareAndSwap(old, v) {
			return
		}
	}
}
