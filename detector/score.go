package detector

import "github.com/webshell-guard/caddy-webshell-guard/detector/signal"

// belowMalicious is how far under the malicious threshold evidence stays that
// may not reach it, in bits.
const belowMalicious = 0.1

// families holds the extremes of each family's evidence, in bits.
type families struct{ most, least [signal.FamilyCount]float64 }

func (e *families) add(family signal.Family, bits float64) {
	e.most[family] = max(e.most[family], bits)
	e.least[family] = min(e.least[family], bits)
}

// gateOpens reports whether anything at all speaks of a new script or a shifted one.
func (d *Detector) gateOpens(f *signal.Features) bool {
	for _, s := range d.gates {
		if s.Bits(f) > 0 {
			return true
		}
	}
	return false
}

// weigh collects the signals that fire and turns them into score and verdict. The
// features must be complete, and the judgement clear.
func (d *Detector) weigh(j *Judgement) {
	var evidence families
	for _, s := range d.signals {
		if bits := s.Bits(&j.features); bits != 0 {
			j.add(s, bits)
			evidence.add(s.Family, bits)
		}
	}
	j.Score = d.score(j, &evidence)
	switch {
	case j.Score >= d.options.Malicious:
		j.Verdict = Malicious
	case j.Score >= d.options.Suspicious:
		j.Verdict = Suspicious
	default:
		j.n = 0
	}
}

// score adds up the families. Circumstantial ones stay below malicious together; a new
// script reaches malicious only if something else agrees, and then reaches it whatever
// headers say for it.
func (d *Detector) score(j *Judgement, evidence *families) float64 {
	ceiling := max(d.options.Suspicious, d.options.Malicious-belowMalicious)
	circumstances, rest := 0.0, 0.0
	for family := range signal.FamilyCount {
		if bits := evidence.most[family] + evidence.least[family]; family.Circumstantial() {
			circumstances += bits
		} else {
			rest += bits
		}
	}
	score := min(circumstances, ceiling) + rest
	switch {
	case j.features.Script.Route && j.features.Script.Novel, j.features.Script.Service:
		return min(score, ceiling) // nothing says that it is a script
	case !j.Fired(signal.NewScriptID):
		return score
	case corroborated(j, evidence):
		return max(score, d.options.Malicious)
	}
	return min(score, ceiling)
}

// corroborated reports whether a new script is more than new: it is sent a payload and
// a family agrees that does not depend on the client, or it exists where no program
// should be.
func corroborated(j *Judgement, evidence *families) bool {
	if j.features.Script.Upload && j.Exists {
		return true
	}
	if !j.features.Request.Payload {
		return false
	}
	for family := range signal.FamilyCount {
		if !family.Circumstantial() && evidence.most[family] > 0 {
			return true
		}
	}
	return false
}
