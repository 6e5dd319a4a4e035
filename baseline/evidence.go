package baseline

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// evidenceKept is how long evidence is kept. It is the only thing in a baseline that
// identifies clients: those whose requests were flagged.
const evidenceKept = 30 * 24 * time.Hour

// Evidence is what was held against requests to the site: for each script the worst,
// and the latest requests themselves. It is bounded, and expires after 30 days.
// Its lock is taken for flagged requests only.
type Evidence struct {
	hash  Hasher
	dirty *dirtyMark

	mu       sync.Mutex
	scripts  scriptEvidences
	requests flaggedRequests
}

// FlaggedRequest is a request that was not judged clean, or that block mode would have
// refused before its answer took that back.
type FlaggedRequest struct {
	Time   time.Time
	Client netip.Addr // invalid if unknown
	Method string
	URI    string // path and names of the query's parameters, not their values
	Script Key
	// Route is the template of the route that was asked for, under the same root, if the
	// baseline knows it and it is not the script; "" otherwise.
	Route string
	// Exists is true if the script's file is there, or the baseline has a profile of it.
	Exists  bool
	Status  int
	Verdict Verdict
	Score   float64 // bits
	Signals []int   // IDs of those that fired
	// BlockedAt is the stage at which block mode refuses it, "request" or "response",
	// whatever the mode was; "" if it passes.
	BlockedAt string
	// TakenBack is true if the answer showed that the request was clean. The rest is of
	// the moment at which it would have been refused.
	TakenBack bool
	// Denied is true if nothing is held against it but that an operator denied the
	// script.
	Denied bool
	// Contained is true if containment refused it.
	Contained bool
	// Mere is true if it is what visitors of a new page do: nothing is held against it but
	// that the script is new, and who asked for it.
	Mere bool
}

// standing reports whether the request speaks against the script.
func (r *FlaggedRequest) standing() bool { return !r.TakenBack && !r.Denied }

// ScriptEvidence is what was held against the requests to one script.
type ScriptEvidence struct {
	Key
	// Verdict, Score and Signals are those of the worst request since the script was last
	// approved, or before that if none came since. The verdict is [Clean] if no request
	// spoke against the script itself.
	Verdict Verdict
	Score   float64
	Signals []int
	// Flagged counts the requests, and WouldBlock those that block mode refuses.
	Flagged, WouldBlock uint64
	// Networks estimates from how many client networks they came.
	Networks    int
	First, Last time.Time
	// Client and Status are of the last request.
	Client netip.Addr
	Status int
	// Approved is when an operator last approved the script after it had been flagged;
	// zero if nobody did.
	Approved time.Time
	// Standing is true if a request since then speaks against the script, and Contained if
	// containment refused all that do.
	Standing, Contained bool
	// Mere is true if all that do are what visitors of a new page do.
	Mere bool
}

// Add keeps a flagged request. Of a path that is longer than any that is kept only the
// request is, and the beginning of the path.
func (e *Evidence) Add(r FlaggedRequest) {
	longest := maxMadeUpPath
	if r.Exists {
		longest = scriptpath.MaxPathLen
	}
	whole := len(r.Script.Path) <= longest && len(r.Script.Root) <= scriptpath.MaxPathLen
	r.Script.Path = strings.Clone(r.Script.Path[:min(len(r.Script.Path), longest)])
	r.Route = strings.Clone(r.Route[:min(len(r.Route), maxTemplateLen)])
	r.Script.Root = r.Script.Root[:min(len(r.Script.Root), scriptpath.MaxPathLen)]
	network := e.hash.Network(r.Client)
	e.mu.Lock()
	defer e.mu.Unlock()
	if whole {
		e.scripts.add(r.Script, &r, network)
		if r.Route != "" {
			e.scripts.add(Key{Root: r.Script.Root, Path: r.Route}, &r, network)
		}
	}
	e.requests.add(&flaggedRequest{r, network})
	e.dirty.set()
}

// Of returns what is held against a script. If one of both has no document root, they
// are the same where the path is; of several the one with the weightiest evidence is
// returned.
func (e *Evidence) Of(key Key) (ScriptEvidence, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var worst *scriptEvidence
	for _, s := range e.scripts.byPath[key.Path] {
		if s.of(key) && (worst == nil || worst.less(s)) {
			worst = s
		}
	}
	if worst == nil {
		return ScriptEvidence{}, false
	}
	return worst.export(), true
}

// StandingScore returns the bits of the worst evidence against a script that nobody has
// approved since, or 0 if there is none.
func (e *Evidence) StandingScore(key Key) float64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	score := 0.0
	for _, s := range e.scripts.byPath[key.Path] {
		if s.of(key) && s.standing() {
			score = max(score, s.score)
		}
	}
	return score
}

// Requests lists the flagged requests that are kept, newest first: at most 1,000, of one
// script and of one network only so many that they leave room for others.
func (e *Evidence) Requests() []FlaggedRequest {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.requests.list()
}

// Expire deletes what is older than 30 days.
func (e *Evidence) Expire(now time.Time) {
	if e.expire(now) {
		e.dirty.set()
	}
}

func (e *Evidence) expire(now time.Time) (expired bool) {
	before := now.Add(-evidenceKept)
	e.mu.Lock()
	defer e.mu.Unlock()
	scripts, requests := e.scripts.expire(before), e.requests.expire(before)
	return scripts || requests
}

// approve keeps the evidence of a script as what somebody saw and approved all the same.
func (e *Evidence) approve(key Key, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.scripts.byPath[key.Path] {
		if s.of(key) {
			s.approved = max(s.approved, now.UnixNano(), s.against)
		}
	}
}

// inherit adds the evidence of the baseline that this one replaces.
func (e *Evidence) inherit(old *Evidence) {
	scripts, requests := old.records()
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range scripts {
		e.scripts.merge(scripts[i].evidence())
	}
	others := make([]*flaggedRequest, len(requests))
	for i := range requests {
		others[i] = e.flagged(&requests[i])
	}
	e.requests.merge(others)
	e.dirty.set()
}
