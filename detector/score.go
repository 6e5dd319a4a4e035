package detector

import "github.com/webshell-guard/caddy-webshell-guard/baseline"

// belowMalicious is how far under the malicious threshold evidence stays that
// may not reach it, in bits.
const belowMalicious = 0.1

// weigh collects the signals that fire and turns them into score, verdict and
// whether to refuse.
func (d *Detector) weigh(j *Judgement) {
	f := &j.Facts
	if f.Denied() {
		j.add(&denied, 0)
		j.Score, j.Verdict, j.Refuse = d.options.Malicious, Malicious, true
		return
	}
	if !d.gateOpens(f) {
		return
	}
	f.Behaviour = f.client.lately(f)
	var most, least [familyCount]float64
	for _, s := range d.signals {
		bits := s.Bits(f)
		if bits == 0 {
			continue
		}
		j.add(s, bits)
		most[s.Family] = max(most[s.Family], bits)
		least[s.Family] = min(least[s.Family], bits)
	}
	j.Score = d.score(j, &most, &least)
	switch {
	case j.Score >= d.options.Malicious:
		j.Verdict = Malicious
	case j.Score >= d.options.Suspicious:
		j.Verdict = Suspicious
	default:
		j.n = 0
	}
	j.Refuse = j.Verdict == Malicious && f.Phase == baseline.Enforcing && mayRefuse(f)
}

// gateOpens reports whether anything at all speaks of a new script or a
// shifted one. It is false for nearly every request, and costs little then.
func (d *Detector) gateOpens(f *Facts) bool {
	for _, s := range d.gates {
		if s.Bits(f) > 0 {
			return true
		}
	}
	return false
}

// score adds up the families. Who asked for a new script, and how he came
// there, stays below malicious; a new script reaches malicious only if
// something else agrees, and then reaches it whatever headers say for it.
func (d *Detector) score(j *Judgement, most, least *[familyCount]float64) float64 {
	ceiling := max(d.options.Suspicious, d.options.Malicious-belowMalicious)
	access, rest := 0.0, 0.0
	for family := range familyCount {
		if bits := most[family] + least[family]; family.access() {
			access += bits
		} else {
			rest += bits
		}
	}
	score := min(access, ceiling) + rest
	switch {
	case j.Facts.Route:
		return min(score, ceiling) // nothing says that it is a script
	case !j.fired(&newScript):
		return score
	case corroborated(&j.Facts, most):
		return max(score, d.options.Malicious)
	}
	return min(score, ceiling)
}

// corroborated reports whether a new script is more than new: it is sent a
// payload and a family agrees that does not depend on the client, or it exists
// where no program should be.
func corroborated(f *Facts, most *[familyCount]float64) bool {
	if f.Upload && f.Answered {
		return true
	}
	if !f.CarriesPayload() {
		return false
	}
	for family := range familyCount {
		if !family.access() && most[family] > 0 {
			return true
		}
	}
	return false
}

// mayRefuse holds back where a refusal would be premature: the request to a new
// script that may not exist, and brings nothing, waits for its answer.
func mayRefuse(f *Facts) bool {
	return f.Answered || f.CarriesPayload() || !f.Novel()
}
