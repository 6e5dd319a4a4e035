package signal

// Family groups signals that say much the same. Of each family only the largest
// positive and the most negative evidence count.
type Family uint8

// The families of signals. The first three are gates: without a positive signal in
// one of them nothing is held against a request.
const (
	Novelty Family = iota
	Shift
	Host
	Payload
	Response
	Provenance
	Client
	Location
	FamilyCount
)

// Gate reports whether a positive signal of the family can start a verdict.
func (f Family) Gate() bool { return f <= Host }

// Access reports whether the family rests on who asked for a script never seen
// before, and on how the client came there. Honest visitors of an honest new page
// look like that too: these families together never reach malicious.
func (f Family) Access() bool { return f == Novelty || f == Client || f == Provenance }
