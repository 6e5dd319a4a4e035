package detector

import (
	"cmp"
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

const (
	// maxSentencePath is how much of a script's path a sentence quotes, in bytes.
	maxSentencePath = 120
	// sentenceClauses is how many signals a sentence gives the reasons of.
	sentenceClauses = 4
)

// Sentence explains the verdict to somebody who has one look: what was asked for,
// and the weightiest reasons. It is empty if clean. What a client chose is in it:
// escape it where that matters.
func (j *Judgement) Sentence() string {
	if j.Verdict == Clean {
		return ""
	}
	script := j.Script.Path
	if len(script) > maxSentencePath {
		script = script[:maxSentencePath] + "…"
	}
	var s strings.Builder
	s.WriteString(j.Method + " to " + script)
	for i, finding := range j.weightiest() {
		if i == 0 {
			s.WriteString(": ")
		} else {
			s.WriteString("; ")
		}
		why := j.Why(finding)
		if rest, ok := strings.CutPrefix(why, j.Method+": "); ok {
			why = "the method is new to it, " + rest
		}
		s.WriteString(why)
	}
	return s.String()
}

// weightiest lists the findings that speak against the script, one of a family, in
// the order of families: what is new about it, then what else there is.
func (j *Judgement) weightiest() []Finding {
	list := slices.Clone(j.Findings())
	slices.SortStableFunc(list, func(a, b Finding) int { return cmp.Compare(b.Bits, a.Bits) })
	var said [signal.FamilyCount]bool
	list = slices.DeleteFunc(list, func(f Finding) bool {
		spent := f.Bits < 0 || said[f.Family]
		said[f.Family] = true
		return spent
	})
	list = list[:min(len(list), sentenceClauses)]
	slices.SortStableFunc(list, func(a, b Finding) int { return cmp.Compare(a.Family, b.Family) })
	return list
}
