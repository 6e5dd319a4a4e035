package detector

// Verdict is what the detector makes of an exchange.
type Verdict uint8

// The verdicts.
const (
	Clean Verdict = iota
	Suspicious
	Malicious
)

// String returns the verdict's name in logs, headers and metrics.
func (v Verdict) String() string {
	return [...]string{"clean", "suspicious", "malicious"}[min(v, Malicious)]
}

// Judgement is the outcome of judging an exchange, and how it came about. It
// may be reused for another exchange. It is not safe for concurrent use.
type Judgement struct {
	Facts   Facts
	Verdict Verdict
	// Score is in bits; 0 if no gate opened.
	Score float64
	// Refuse is true if `block` mode is to refuse the exchange at this stage.
	Refuse bool
	// Contained is true if containment refuses it, in every mode. Missing is true if
	// containment keeps back what came with a 404: the status stays.
	Contained, Missing bool

	findings [maxFindings]Finding
	n        int
}

// Findings lists the signals that fired, by ID. It is empty if clean, and is
// valid until the judgement is reused.
func (j *Judgement) Findings() []Finding { return j.findings[:j.n] }

// Forget makes the judgement that of no exchange, and keeps nothing of the last one's.
func (j *Judgement) Forget() { j.reset(&Facts{}) }

// reset leaves the room for findings as it is: it is larger than all the rest, and
// names signals only.
func (j *Judgement) reset(f *Facts) {
	j.Facts, j.Verdict, j.Score, j.Refuse, j.Contained, j.Missing, j.n = *f, Clean, 0, false, false, false, 0
}

func (j *Judgement) add(s *Signal, bits float64) {
	if j.n < maxFindings {
		j.findings[j.n] = Finding{Signal: s, Bits: bits}
		j.n++
	}
}

func (j *Judgement) fired(s *Signal) bool {
	for _, f := range j.Findings() {
		if f.Signal == s {
			return true
		}
	}
	return false
}
