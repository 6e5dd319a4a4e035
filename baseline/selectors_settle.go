package baseline

import (
	"slices"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

const (
	// recurringNetworks is how many client networks must have asked for a value that counts
	// as one that recurs.
	recurringNetworks = 2
	// strangerShare is of how many networks one may have sent values that nobody else did,
	// or made room for others: links with typing errors, and scanners. Of a search's words
	// most are sent once.
	strangerShare = 4
)

// settleSelectors decides, when an endpoint has been learned, which of its parameters are
// selectors, and forgets the others.
func (p *Profile) settleSelectors() {
	s := p.selectors.made.Load()
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var confirmed []*selector
	for _, sel := range s.all() {
		if !sel.confirmed.Load() && !sel.selects() {
			p.budget.release(len(sel.known()))
			continue
		}
		sel.confirmed.Store(true)
		for _, operation := range sel.known() {
			operation.learnedFrom.Store(uint32(operation.Networks()))
		}
		confirmed = append(confirmed, sel)
	}
	// What tells most operations apart says most of what is asked for.
	slices.SortStableFunc(confirmed, func(a, b *selector) int { return len(b.known()) - len(a.known()) })
	s.list.Store(&confirmed)
	s.open.Store(false)
}

// selects reports whether a parameter is a selector.
func (s *selector) selects() bool {
	var recurring []*Profile
	strangers := new(sketch.Distinct)
	strangers.Merge(&s.strangers)
	for _, operation := range s.known() {
		if operation.Networks() >= recurringNetworks {
			recurring = append(recurring, operation)
		} else {
			strangers.Merge(&operation.networks)
		}
	}
	networks := s.networks().Count()
	if networks < trustedNetworks || strangers.Count() > max(1, networks/strangerShare) {
		return false
	}
	for i, a := range recurring {
		for _, b := range recurring[:i] {
			if a.tellsApart(b) {
				return true
			}
		}
	}
	return false
}

// tellsApart reports whether two operations differ in what they are sent, or in what they
// answer.
func (p *Profile) tellsApart(other *Profile) bool {
	a, b := p.uses.outline(), other.uses.outline()
	switch {
	case len(a.sets) == 0 || len(b.sets) == 0:
		return false
	case !slices.ContainsFunc(a.sets, func(set uint64) bool { return slices.Contains(b.sets, set) }):
		return true
	case a.types != 0 && b.types != 0 && a.types&b.types == 0, a.statuses&b.statuses == 0:
		return true
	}
	return a.sizes != 0 && b.sizes != 0 && a.sizes&(b.sizes|b.sizes<<1|b.sizes>>1) == 0
}

// outline is what uses have in common.
type outline struct {
	sets                   []uint64 // of names
	sizes, types, statuses uint32
}

func (u *uses) outline() (o outline) {
	list := u.list.Load()
	if list == nil {
		return o
	}
	for i := range list {
		if use := &list[i]; use.set.Load() != 0 {
			o.sets = append(o.sets, use.set.Load())
			o.sizes |= use.sizes.Load()
			o.types |= use.types.Load()
			o.statuses |= use.statuses.Load()
		}
	}
	return o
}

// approveOperations makes those that came after learning known.
func (p *Profile) approveOperations() {
	for _, sel := range p.selectors.all() {
		for _, operation := range sel.known() {
			if operation.Trust() != Denied {
				operation.approveOperation()
			}
		}
	}
}

// approveOperation makes an operation, and all that it was sent, known.
func (p *Profile) approveOperation() {
	p.methods.approve()
	p.approveLater()
	p.payloads.approve()
	p.approved.Store(true)
	p.late.Store(false)
}
