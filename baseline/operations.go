package baseline

import (
	"iter"
	"strings"
	"time"
)

// operation is what a profile of one has besides.
type operation struct {
	selector, value string
	source          uint64 // the network that asked for it first
}

// newOperation returns the profile of an operation of the endpoint, which is not kept yet.
func (p *Profile) newOperation(s *selector, value string, at time.Time) *Profile {
	fresh := newProfile(p.key, at)
	fresh.route, fresh.operation = p.route, &operation{selector: s.text, value: strings.Clone(value)}
	return fresh
}

// FoundOperation is an operation that a request asks for. The zero value is of a request
// that asks for none.
type FoundOperation struct {
	// Profile is what is known of it, or nil.
	Profile *Profile
	choice  *choice
}

// Name names the operation as selector=value, or returns "" if there is none. It is the
// client's text of at most 113 bytes: the value printable ASCII without blanks, the name as
// it was sent.
func (f *FoundOperation) Name() string {
	if f.choice == nil {
		return ""
	}
	return f.choice.text()
}

// Selected returns the name of the selector and the value, or "" and "".
func (f *FoundOperation) Selected() (selector, value string) {
	if f.choice == nil {
		return "", ""
	}
	return f.choice.nameText, f.choice.valueText
}

// Some reports whether an operation is asked for.
func (f *FoundOperation) Some() bool { return f.choice != nil }

// LearnsChoices reports whether the endpoint's reference is learned at the time given, and
// any parameter may prove to be a selector.
func (p *Profile) LearnsChoices(now time.Time, learning bool) bool {
	until := p.learnsUntil.Load()
	return learning || p.Novel() || until == fromNextVisit || now.Unix() < until
}

// Selects reports whether the endpoint has operations that selectors tell apart.
func (p *Profile) Selects() bool {
	for _, sel := range p.selectors.all() {
		if sel.confirmed.Load() {
			return true
		}
	}
	return false
}

// Operation returns which operation the profile is of, as selector=value, or "" if it is of a
// whole script or route.
func (p *Profile) Operation() string {
	if p.operation == nil {
		return ""
	}
	return p.operation.selector + "=" + p.operation.value
}

// Operations lists the profiles of the endpoint's operations, in no order.
func (p *Profile) Operations() iter.Seq[*Profile] {
	return func(yield func(*Profile) bool) {
		for _, sel := range p.selectors.all() {
			if !sel.confirmed.Load() {
				continue
			}
			for _, operation := range sel.known() {
				if !yield(operation) {
					return
				}
			}
		}
	}
}

// FindOperation returns the operation that a client network asks for by its choices, or
// the zero value if no selector is among them. Of several it is one that is denied, else one
// that is not known, else that of the selector with the most operations. known is true if
// the endpoint was learned to have it.
func (p *Profile) FindOperation(c *Choices, network uint64) (found FoundOperation, known bool) {
	best := -1
	for i := range c.all() {
		at := &c.list[i]
		for rank, sel := range p.selectors.all() {
			if sel.name != at.name || !sel.confirmed.Load() {
				continue
			}
			operation := sel.known()[at.value]
			switch {
			case operation != nil && operation.Trust() == Denied:
				return FoundOperation{operation, at}, true
			case !p.knowsOperation(operation, network):
				if best < 0 || known {
					found, known, best = FoundOperation{operation, at}, false, rank
				}
			case best < 0 || known && rank < best:
				found, known, best = FoundOperation{operation, at}, true, rank
			}
		}
	}
	return found, known
}

// knowsOperation reports whether an operation was learned. One that a single network asked
// for counts for that network only, unless hardly any other came.
func (p *Profile) knowsOperation(operation *Profile, network uint64) bool {
	switch {
	case operation == nil || operation.Novel():
		return false
	case operation.approved.Load() || !p.Frequented():
		return true
	}
	return operation.learnedFrom.Load() >= recurringNetworks || operation.operation.source == network
}
