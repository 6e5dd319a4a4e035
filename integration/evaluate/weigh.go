package main

import (
	"fmt"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// The detector says nothing of what it found clean, and cannot leave a family
// out. Both are had by weighing its exported signals again, by the same rules.
// The report counts where the two differ.

// families in the order of signal.Family.
var families = []string{"novelty", "shift", "host", "payload", "response", "provenance", "client", "location"}

// allFamilies is none of the families, to leave out.
const allFamilies signal.Family = 255

var signals = signal.Catalog()

// weight is what an exchange weighs.
type weight struct {
	gate    bool
	score   float64
	verdict detector.Verdict
	fired   string
}

// weighed reports whether the detector weighed the exchange at all. At the request
// it always does if no files tell of scripts.
func weighed(j *detector.Judgement) bool {
	return j.Script.Path != "" && (j.Exists || j.Stage == signal.AtRequest) && j.Refusal != detector.RefusedDenied
}

// differs reports whether weighing again gives another verdict than the detector's. What was
// proven of the client before is not weighed.
func differs(at *seen) bool {
	return !at.final.Fired(signal.ProvenClientID) && weigh(at.e, allFamilies, false).verdict != at.final.Verdict
}

// refuses reports whether block mode would refuse what weighs so.
func refuses(e *detector.Evaluation, w weight) bool {
	j, f := e.Judgement(), e.Features()
	return w.verdict == detector.Malicious && j.Phase == baseline.Enforcing && (j.Exists || f.Request.Payload || !f.Script.Novel)
}

// weigh weighs an exchange without one family, or with allFamilies. It describes
// what fired if asked to.
func weigh(e *detector.Evaluation, without signal.Family, describe bool) (w weight) {
	j := e.Judgement()
	if !weighed(j) {
		return w
	}
	f := e.Features()
	options := detector.DefaultOptions()
	var most, least [8]float64
	novel := false
	var list []string
	for _, s := range signals {
		bits := 0.0
		if s.Family != without {
			bits = s.Bits(f)
		}
		if bits == 0 {
			continue
		}
		w.gate = w.gate || bits > 0 && (s.Family <= signal.Host || s.HighPrior)
		novel = novel || s.ID == signal.NewScriptID
		most[s.Family], least[s.Family] = max(most[s.Family], bits), min(least[s.Family], bits)
		if describe {
			list = append(list, fmt.Sprintf("%s %+.1f", s.Name, bits))
		}
	}
	w.fired = strings.Join(list, ", ")
	circumstances, rest, agrees := 0.0, 0.0, f.Script.Upload && j.Exists && without != signal.Location
	for i := range most {
		switch family := signal.Family(i); family {
		case signal.Novelty, signal.Shift, signal.Client, signal.Provenance:
			circumstances += most[i] + least[i]
		default:
			rest += most[i] + least[i]
			agrees = agrees || f.Request.Payload && most[i] > 0
		}
	}
	if !w.gate {
		w.score = min(circumstances, options.Malicious) + rest // what it would be, if the gate were open
		return w
	}
	ceiling := max(options.Suspicious, options.Malicious-0.1)
	w.score = min(circumstances, ceiling) + rest
	switch {
	case f.Script.Route || novel && !agrees:
		w.score = min(w.score, ceiling)
	case novel:
		w.score = max(w.score, options.Malicious)
	}
	switch {
	case w.score >= options.Malicious:
		w.verdict = detector.Malicious
	case w.score >= options.Suspicious:
		w.verdict = detector.Suspicious
	}
	return w
}
