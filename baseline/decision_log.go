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
	// Endpoint is the name of the endpoint that it is about, if that is not a script.
	Endpoint string `json:"endpoint,omitempty"`
	// Host is the one that a standing denial is about, if it is about one only.
	Host string `json:"host,omitempty"`
	// Decided is the new phase or trust.
	Decided string `json:"decided"`
	// Reason says why, if there is more to say.
	Reason string `json:"reason,omitempty"`
	// By is who decided; zero for the guard itself.
	By Author `json:"by,omitzero"`
}

// decisionLog keeps the latest decisions.
type decisionLog struct {
	dirty *dirtyMark
	mu    sync.Mutex
	kept  []Decision // oldest first
}

func (l *decisionLog) add(d Decision) {
	d.Time = d.Time.UTC()
	d.Script.Path = d.Script.Path[:min(len(d.Script.Path), maxDecisionPath)]
	d.Endpoint = d.Endpoint[:min(len(d.Endpoint), maxDecisionPath)]
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.kept); n >= maxDecisions {
		l.kept = slices.Delete(l.kept, 0, n-maxDecisions+1)
	}
	l.kept = append(l.kept, d)
	l.dirty.Store(true)
}

func (l *decisionLog) list() []Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.kept)
}

// inherit adds the decisions of a log that this one replaces.
func (l *decisionLog) inherit(old []Decision) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, old...)
	slices.SortStableFunc(l.kept, func(a, b Decision) int { return a.Time.Compare(b.Time) })
	l.kept = slices.Clone(l.kept[max(0, len(l.kept)-maxDecisions):])
}

func (l *decisionLog) record() []Decision { return l.list() }

func (l *decisionLog) restore(list []Decision) { l.kept = list[:min(len(list), maxDecisions)] }
