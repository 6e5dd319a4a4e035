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

// Circumstantial reports whether the family rests on what honest traffic does too: a
// script is new, a script is used in a new way, a client is new, no page led it there. The
// first POST of a monitor or a webhook to a page that was only read is all of these at
// once. Such families together never reach malicious: another one must agree, of what was
// sent, what was answered, where the script lies or what its file is.
func (f Family) Circumstantial() bool {
	return f == Novelty || f == Shift || f == Client || f == Provenance
}
