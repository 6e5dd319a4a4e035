package main

import (
	"fmt"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// miss is why a session was not found: what became of most of its exchanges, and
// the one that came nearest.
type miss struct {
	Cause   string  `json:"cause"`
	Share   string  `json:"share"`   // of the session's exchanges
	Nearest int     `json:"nearest"` // which request, from 1
	Facts   string  `json:"facts"`
	Signals string  `json:"signals"`
	Score   float64 `json:"score"`
}

// missing counts causes while a session is played.
type missing struct {
	count map[string]int
	total int
	best  *miss
}

func (m *missing) note(at *seen) {
	if m.count == nil {
		m.count = make(map[string]int)
	}
	f := &at.final.Facts
	w := weigh(f, allFamilies, true)
	m.count[cause(f, w)]++
	m.total++
	if m.best == nil || w.score > m.best.Score {
		m.best = &miss{Nearest: at.index + 1, Facts: describe(f), Signals: w.fired, Score: w.score}
	}
}

// worst returns the most frequent cause, with the exchange that came nearest.
func (m *missing) worst() *miss {
	if m.best == nil {
		return nil
	}
	most := 0
	for why, n := range m.count {
		if n > most || n == most && why < m.best.Cause {
			most, m.best.Cause = n, why
		}
	}
	m.best.Share = fmt.Sprintf("%d of %d", most, m.total)
	return m.best
}

// cause says why an exchange was found clean.
func cause(f *detector.Facts, w weight) string {
	switch {
	case f.Key.Path == "":
		return "names no script"
	case !f.Answered && f.Phase == baseline.Learning:
		return fmt.Sprintf("while learning, answered %d: not weighed", f.Status)
	case !f.Answered:
		return fmt.Sprintf("answered %d: taken for a script that is not there", f.Status)
	case w.gate:
		return "gate open, score below suspicious"
	case f.Phase == baseline.Learning:
		return "while learning: no gate, nothing of high prior"
	case f.Profile != nil && !f.Novel():
		return "known script, no shift seen: gate shut"
	}
	return "gate shut"
}
