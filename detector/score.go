package detector

import (
	"math"

	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

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
	circumstances, access, rest := 0.0, 0.0, 0.0
	for family := range signal.FamilyCount {
		if bits := evidence.most[family] + evidence.least[family]; family.Circumstantial() {
			circumstances += bits
			if family != signal.Shift {
				access += bits
			}
		} else {
			rest += bits
		}
	}
	score := min(circumstances, ceiling) + rest
	switch {
	case j.features.Script.Route && j.features.Script.Novel, j.features.Script.Service:
		return min(score, ceiling) // nothing says that it is a script
	case j.features.Script.Guessed && d.guessCeiling(j, evidence) < math.Inf(1):
		return min(score, d.guessCeiling(j, evidence))
	case !j.Fired(signal.NewScriptID):
		if j.features.Script.Altered() && !malicious(access, evidence, score-evidence.most[signal.Host], d.options.Malicious) {
			return min(score, ceiling)
		}
		return score
	case corroborated(j, evidence):
		return max(score, d.options.Malicious)
	}
	return min(score, ceiling)
}

// guessCeiling is the most that a path may score which names no script and perhaps stands
// for one, in bits. It is refused only at its answer, because the server may make
// something else of it, and on sites with routes never: there it is not even suspicious
// unless what it brings, or gets, agrees.
func (d *Detector) guessCeiling(j *Judgement, evidence *families) float64 {
	switch s := &j.features.Script; {
	case s.AmongRoutes && !agrees(evidence):
		return d.options.Suspicious - belowMalicious
	case s.AmongRoutes || j.Stage == signal.AtRequest:
		return max(d.options.Suspicious, d.options.Malicious-belowMalicious)
	}
	return math.Inf(1)
}

// agrees reports whether what a request brings, what it gets, or where speaks against it.
func agrees(evidence *families) bool {
	return evidence.most[signal.Payload] > 0 || evidence.most[signal.Response] > 0 || evidence.most[signal.Location] > 0
}

// malicious reports whether a request to a known script that was altered may be called
// malicious: it would be without the change, or it comes from a stranger to the site and
// what it brings, or gets, agrees. What the site's visitors send to its forms after an
// update is not refused for the update, whatever the forms look like since.
func malicious(access float64, evidence *families, without, threshold float64) bool {
	return without >= threshold || access > 0 && agrees(evidence)
}

// corroborated reports whether a new script is more than new: it is sent a payload and
// a family agrees that does not depend on the client, or it exists where no program
// should be, or its file speaks against it and so does what it answers or where it lies. Somebody
// who only follows a link of the site is not refused for that.
func corroborated(j *Judgement, evidence *families) bool {
	if j.features.Script.Upload && j.Exists {
		return true
	}
	commanded := j.features.Request.Query || !j.features.Evidence.FromSite
	if commanded && j.Exists && evidence.most[signal.Host] > 0 && (evidence.most[signal.Response] > 0 || j.Fired(signal.StaticPlaceID)) {
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
