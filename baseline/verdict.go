package baseline

// Verdict is what was made of an exchange.
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
