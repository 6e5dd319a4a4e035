package baseline

import (
	"slices"
	"sync"
	"time"
)

const (
	maxDecisions    = 1000 // the latest are kept
	maxDecisionPath = 1024 // bytes of a script's path
)

// Decision is a change of phase or trust that somebody may want to understand
// later.
type Decision struct {
	Time time.Time `json:"time"`
	// Script is what it is about; zero for the site.
	Script Key `json:"script,omitzero"`
	// Decided is the new phase or trust.
	Decided string `json:"decided"`
	// Reason says why, or who.
	Reason string `json:"reason"`
}

type decisions struct {
	mu   sync.Mutex
	list []Decision // oldest first
}

// decide keeps a decision.
func (s *Site) decide(d Decision) {
	d.Time = d.Time.UTC()
	d.Script.Path = d.Script.Path[:min(len(d.Script.Path), maxDecisionPath)]
	s.decisions.mu.Lock()
	defer s.decisions.mu.Unlock()
	if n := len(s.decisions.list); n >= maxDecisions {
		s.decisions.list = slices.Delete(s.decisions.list, 0, n-maxDecisions+1)
	}
	s.decisions.list = append(s.decisions.list, d)
	s.dirty.Store(true)
}

// Decisions lists the latest 1,000 decisions, oldest first.
func (s *Site) Decisions() []Decision {
	s.decisions.mu.Lock()
	defer s.decisions.mu.Unlock()
	return slices.Clone(s.decisions.list)
}
