package main

import (
	"fmt"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
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
	w := weigh(at.e, allFamilies, true)
	m.count[cause(at, w)]++
	m.total++
	if m.best == nil || w.score > m.best.Score {
		m.best = &miss{Nearest: at.index + 1, Facts: describe(at), Signals: w.fired, Score: w.score}
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
func cause(at *seen, w weight) string {
	j, p := at.e.Judgement(), at.memory.Scripts.Lookup(at.e.Judgement().Script)
	switch {
	case j.Script.Path == "":
		return "names no script"
	case !j.Exists && j.Phase == baseline.Learning:
		return fmt.Sprintf("while learning, answered %d: not weighed", at.x.Status)
	case !j.Exists:
		return fmt.Sprintf("answered %d: taken for a script that is not there", at.x.Status)
	case w.gate:
		return "gate open, score below suspicious"
	case j.Phase == baseline.Learning:
		return "while learning: no gate, nothing of high prior"
	case p != nil && !at.e.Features().Script.Novel:
		return "known script, no shift seen: gate shut"
	}
	return "gate shut"
}
