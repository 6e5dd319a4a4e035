package baseline

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// Profile is what the baseline knows of one script or route. It takes 512
// bytes, 64 more for each of its sketches with more than eight entries, and 160
// more if methods other than GET and POST were used; README has the formula for
// a site. Its methods read atomic counters: no lock, no allocation.
type Profile struct {
	key                 Key
	route               bool
	payloadsKept        bool        // payloads are kept since it was first seen
	deployed            bool        // a deploy window brought the script
	late                atomic.Bool // first seen after learning had ended
	seenWithoutPathInfo atomic.Bool
	approved            atomic.Bool // trusted by more than the traffic of the learning time
	trust               atomic.Uint32
	methods             methods
	first               atomic.Int64 // Unix seconds
	last                atomic.Int64
	counts              counts
	script              atomic.Pointer[string] // of a route: the path of the front controller that answers it
	decidedAt           atomic.Int64           // Unix nanoseconds of the latest decision about it; 0 if there was none
	sampled             atomic.Int64           // samples counted towards the site's coverage

	networks sketch.Distinct // distinct client networks
	samples  sketch.Distinct // distinct (client network, UTC day)
	// What follows is the script's reference: what it was sent, and answered, while it
	// was learned. What came after that is in later.
	features    features
	origins     payloadOrigins
	uses        uses
	payloads    payloads
	learnedFrom atomic.Uint32 // client networks that had visited it by the end of learning
	learnsUntil atomic.Int64  // Unix seconds, or fromNextVisit: it became known after the site had learned
	later       laterNames
	alterations alterations
	callers     atomic.Pointer[callers] // made for the first
	selectors   selectors
	operation   *operation       // nil unless it is one's of another profile
	budget      *operationBudget // nil if there is no room for operations
}

func newProfile(key Key, at time.Time) *Profile {
	p := &Profile{key: Key{Root: key.Root, Path: strings.Clone(key.Path)}, payloadsKept: true}
	p.first.Store(at.Unix())
	p.last.Store(at.Unix())
	return p
}

// learn adds a visit. Its habits are part of the reference, or kept apart from it.
func (p *Profile) learn(v *Visit, h Hasher, learning bool) {
	if v.WithoutPathInfo && v.Status/100 == 2 && !p.seenWithoutPathInfo.Load() {
		p.seenWithoutPathInfo.Store(true)
	}
	reference := p.learnsReference(v.Time, learning)
	p.methods.use(v, reference)
	p.payloads.use(v, reference)
	p.counts.add(v.Method, v.Status)
	if !v.Method.Reads() || !p.Dormant(v.Time) { // to read it first must not wake it
		raiseTo(&p.last, v.Time.Unix())
	}
	p.networks.Add(v.Network)
	if v.Endpoint {
		return
	}
	p.learnOperations(v, h, learning, false)
	if !reference {
		p.learnLater(v, h)
		return
	}
	p.features.learn(&v.Features, v.Method, v.Network, h)
	p.uses.learn(v, h)
	if v.Payload {
		p.origins.learn(v.Referer, h.Sample(v.Network, v.Time))
	}
	if learning && v.Sending.Some {
		p.learnCaller(v)
	}
}

// note keeps that a visit was made which is not to be learned from.
func (p *Profile) note(v *Visit, h Hasher, learning bool) {
	if !p.Dormant(v.Time) {
		raiseTo(&p.last, v.Time.Unix())
	}
	p.methods.use(v, false)
	p.payloads.use(v, false)
	if !p.learnsReference(v.Time, learning) {
		p.learnLater(v, h)
	}
	if !v.Endpoint {
		p.learnOperations(v, h, learning, true)
	}
}

// Key returns what the profile is of.
func (p *Profile) Key() Key { return p.key }

// Route reports whether the profile is of a route: its path is a template.
func (p *Profile) Route() bool { return p.route }

// FrontController returns the path of the script that answers a route, or "" if that is
// unknown, or the profile is of a script.
func (p *Profile) FrontController() string {
	if script := p.script.Load(); script != nil {
		return *script
	}
	return ""
}

// ranBy notes which script answers a route: the first that did.
func (p *Profile) ranBy(script string) {
	if script != "" && p.script.Load() == nil {
		script = strings.Clone(script)
		p.script.CompareAndSwap(nil, &script)
	}
}

// Deployed reports whether the script appeared in a deploy window: it was first visited
// in one, or its file came in one.
func (p *Profile) Deployed() bool { return p.deployed }

// Trust returns how far the script may be trusted now.
func (p *Profile) Trust() Trust { return Trust(p.trust.Load()) }

// Novel reports whether the script appeared after learning had ended and
// nobody has approved it. Traffic and age do not change that.
func (p *Profile) Novel() bool { return p.late.Load() && p.Trust() == Provisional }

// decided reports whether an operator or a manifest decided about the script. If no
// root was known then, that holds under any.
func (p *Profile) decided() bool { return p.Trust() == Denied || p.approved.Load() }

// DecidedAt returns when an operator, a manifest or a deploy last decided about the
// script, or the zero time.
func (p *Profile) DecidedAt() time.Time {
	if at := p.decidedAt.Load(); at != 0 {
		return time.Unix(0, at).UTC()
	}
	return time.Time{}
}

// ApprovedSince reports whether an operator approved of the script after the time given.
func (p *Profile) ApprovedSince(t time.Time) bool {
	return p.Trust() == Trusted && p.DecidedAt().After(t)
}

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

// SeenWithoutPathInfo reports whether the script was ever visited with nothing after
// its name and answered with success: a directory whose name looks like a script's
// was not.
func (p *Profile) SeenWithoutPathInfo() bool { return p.seenWithoutPathInfo.Load() }
