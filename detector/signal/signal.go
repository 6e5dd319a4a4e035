package signal

// Signal is one kind of evidence. Its ID is its identity.
type Signal struct {
	// ID is stable: log filters and tests rely on it.
	ID int
	// Name is the ID for people, in lower case with hyphens.
	Name   string
	Family Family
	// HighPrior marks a signal that is rare enough in honest traffic to open the gate
	// by itself, during learning too.
	HighPrior bool
	// Bits weighs the evidence: log₂ P(x | shell) / P(x | honest). 0 means that the
	// signal is silent; negative evidence speaks against a shell.
	//
	// Whether a gate is positive must follow from the features that precede
	// [Features.Evidence]: the others are found out only once a gate has opened.
	Bits func(*Features) float64
	// Why explains a signal that fired, with the numbers, in one clause.
	Why func(*Features) string
}

// Gate reports whether the signal can start a verdict.
func (s *Signal) Gate() bool { return s.Family.Gate() || s.HighPrior }

// clamp keeps bits within what their source can vouch for.
func clamp(bits, low, high float64) float64 { return min(max(bits, low), high) }
