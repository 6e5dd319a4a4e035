package detector

// Family groups signals that say much the same. Of each family only the
// largest positive and the most negative evidence count.
type Family uint8

// The families of signals. The first three are gates: without a positive
// signal in one of them nothing is held against a request.
const (
	Novelty Family = iota
	Shift
	Host
	Payload
	Response
	Provenance
	Client
	Location
	familyCount
)

// gate reports whether a positive signal of the family can start a verdict.
func (f Family) gate() bool { return f <= Host }

// access reports whether the family rests on who asked for a script never seen
// before, and how he came there. Honest visitors of an honest new page look
// like that too: these families together never reach malicious.
func (f Family) access() bool { return f == Novelty || f == Client || f == Provenance }

// Signal is one kind of evidence.
type Signal struct {
	// ID is stable: log filters and tests rely on it.
	ID int
	// Name is the ID for people, in lower case with hyphens.
	Name   string
	Family Family
	// HighPrior marks a signal rare enough in honest traffic to open the gate
	// by itself, during learning too.
	HighPrior bool
	// Bits weighs the evidence: log₂ P(x | shell) / P(x | honest). 0 means the
	// signal is silent; negative evidence speaks against a shell.
	Bits func(*Facts) float64
	// Why explains a signal that fired, with the numbers, in one clause.
	Why func(*Facts) string
}

// Finding is a signal that fired.
type Finding struct {
	*Signal
	Bits float64
}
