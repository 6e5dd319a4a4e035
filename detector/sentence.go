package detector

import (
	"cmp"
	"slices"
	"strings"
)

// maxSentencePath is how much of a script's path a sentence quotes, in bytes.
const maxSentencePath = 120

// sentenceClauses is how many signals a sentence gives the reasons of.
const sentenceClauses = 4

// Sentence explains the verdict to somebody who has one look: what was asked for,
// and the weightiest reasons. It is empty if clean. What a client chose is in it:
// escape it where that matters.
func (j *Judgement) Sentence() string {
	if j.Verdict == Clean {
		return ""
	}
	f := &j.Facts
	script := f.Key.Path
	if len(script) > maxSentencePath {
		script = script[:maxSentencePath] + "…"
	}
	var s strings.Builder
	s.WriteString(f.Exchange.Method + " to " + script)
	for i, finding := range j.weightiest() {
		if i == 0 {
			s.WriteString(": ")
		} else {
			s.WriteString("; ")
		}
		why := finding.Why(f)
		if rest, ok := strings.CutPrefix(why, f.Exchange.Method+": "); ok {
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
	var told [familyCount]bool
	list = slices.DeleteFunc(list, func(f Finding) bool {
		spent := f.Bits < 0 || told[f.Family]
		told[f.Family] = true
		return spent
	})
	list = list[:min(len(list), sentenceClauses)]
	slices.SortStableFunc(list, func(a, b Finding) int { return cmp.Compare(a.Family, b.Family) })
	return list
}
