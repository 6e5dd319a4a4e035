package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// The detector says nothing of what it found clean, and cannot leave a family
// out. Both are had by weighing its exported signals again, by the same rules.
// The report counts where the two differ.

// families in the order of detector.Family.
var families = []string{"novelty", "shift", "host", "payload", "response", "provenance", "client", "location"}

// allFamilies is none of the families, to leave out.
const allFamilies detector.Family = 255

// The signals that are named here.
const (
	newScriptID = 1001
	deniedID    = 1090
)

var signals = slices.DeleteFunc(detector.Catalog(), func(s *detector.Signal) bool { return s.ID == deniedID })

// weight is what an exchange weighs.
type weight struct {
	gate    bool
	score   float64
	verdict detector.Verdict
	fired   string
}

// weighed reports whether the detector weighed the exchange at all. At the request
// it always does if no files tell of scripts.
func weighed(f *detector.Facts) bool {
	return f.Key.Path != "" && (f.Answered || f.Stage == detector.AtRequest) && !f.Denied()
}

// refuses reports whether block mode would refuse what weighs so.
func refuses(f *detector.Facts, w weight) bool {
	return w.verdict == detector.Malicious && f.Phase == baseline.Enforcing && (f.Answered || f.CarriesPayload() || !f.Novel())
}

// weigh weighs an exchange without one family, or with allFamilies. It describes
// what fired if asked to.
func weigh(f *detector.Facts, without detector.Family, describe bool) (w weight) {
	if !weighed(f) {
		return w
	}
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
		w.gate = w.gate || bits > 0 && (s.Family <= detector.Host || s.HighPrior)
		novel = novel || s.ID == newScriptID
		most[s.Family], least[s.Family] = max(most[s.Family], bits), min(least[s.Family], bits)
		if describe {
			list = append(list, fmt.Sprintf("%s %+.1f", s.Name, bits))
		}
	}
	w.fired = strings.Join(list, ", ")
	access, rest, agrees := 0.0, 0.0, f.Upload && f.Answered && without != detector.Location
	for i := range most {
		switch family := detector.Family(i); family {
		case detector.Novelty, detector.Client, detector.Provenance:
			access += most[i] + least[i]
		default:
			rest += most[i] + least[i]
			agrees = agrees || f.CarriesPayload() && most[i] > 0
		}
	}
	if !w.gate {
		w.score = min(access, options.Malicious) + rest // what it would be, if the gate were open
		return w
	}
	ceiling := max(options.Suspicious, options.Malicious-0.1)
	w.score = min(access, ceiling) + rest
	switch {
	case f.Route || novel && !agrees:
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
