package baseline

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// A selector is a parameter by which the clients of an endpoint tell it what to do, such
// as action=save. Each of its values is an operation with a profile of its own.
//
// Selectors are learned. While an endpoint is learned each of its parameters may be one
// whose values look like names in a program. When it has been learned those are that few
// values have, which recur with several client networks, and which tell apart what is
// sent or answered.

const (
	// maxSelectors bounds the parameters of an endpoint that may be selectors. Common
	// applications have one or two.
	maxSelectors = 6
	// maxOperations bounds the values of a selector: a parameter that more values recur of
	// is none. An administration page of WordPress has some thirty actions.
	maxOperations = 48
	// maxLateOperations bounds those that came after the endpoint had been learned.
	maxLateOperations = 16
)

// selectors are an endpoint's, made for the first parameter that may be one. Reading takes
// no lock.
type selectors struct{ made atomic.Pointer[selectorSet] }

type selectorSet struct {
	mu   sync.Mutex // held to change anything
	list atomic.Pointer[[]*selector]
	open atomic.Bool // some may not be selectors
}

// selector is a parameter that is one, or may be.
type selector struct {
	name       uint64 // hash
	text       string // name
	confirmed  atomic.Bool
	free       atomic.Bool // its values are too many
	operations atomic.Pointer[map[uint64]*Profile]
	// strangers are networks whose values made room for others.
	strangers sketch.Distinct
}

// all lists the selectors, and what may be one.
func (s *selectors) all() []*selector {
	if made := s.made.Load(); made != nil {
		return made.all()
	}
	return nil
}

func (s *selectorSet) all() []*selector {
	if list := s.list.Load(); list != nil {
		return *list
	}
	return nil
}

// make returns the set, and makes it if there is none.
func (s *selectors) make() *selectorSet {
	if s.made.Load() == nil {
		s.made.CompareAndSwap(nil, new(selectorSet))
	}
	return s.made.Load()
}

// open reports whether some of them may not be selectors.
func (s *selectors) open() bool {
	made := s.made.Load()
	return made != nil && made.open.Load()
}

// find returns what is known of a parameter, or nil.
func (s *selectors) find(name uint64) *selector {
	for _, found := range s.all() {
		if found.name == name {
			return found
		}
	}
	return nil
}

// held is how many profiles of operations there are.
func (s *selectors) held() (n int) {
	for _, sel := range s.all() {
		n += len(sel.known())
	}
	return n
}

// known are the operations by the hash of their value.
func (s *selector) known() map[uint64]*Profile {
	if operations := s.operations.Load(); operations != nil {
		return *operations
	}
	return nil
}

// change replaces the operations by a copy with one more, or one less.
func (s *selector) change(change func(map[uint64]*Profile)) {
	operations := maps.Clone(s.known())
	if operations == nil {
		operations = make(map[uint64]*Profile)
	}
	change(operations)
	s.operations.Store(&operations)
}

// learnOperations adds a visit to the profiles of the operations that it asked for.
// note is true if the visit is held against somebody.
func (p *Profile) learnOperations(v *Visit, h Hasher, learning, note bool) {
	if p.operation != nil || v.Choices == nil {
		return
	}
	reference := p.learnsReference(v.Time, learning) && !note
	if !reference && p.selectors.open() {
		p.settleSelectors()
	}
	for i := range v.Choices.all() {
		c := &v.Choices.list[i]
		found := p.selectorFor(c, reference)
		if found == nil {
			continue
		}
		if operation := p.operationFor(found, c, v, reference); operation == nil {
			continue
		} else if note {
			operation.note(v, h, learning)
		} else {
			operation.learn(v, h, learning)
		}
	}
}

// selectorFor returns what is known of a choice's parameter, from now on if the endpoint is
// learned. If there is no room, a parameter that one network alone sent makes some.
func (p *Profile) selectorFor(c *choice, reference bool) *selector {
	if found := p.selectors.find(c.name); found != nil || !reference {
		return found
	}
	s := p.selectors.make()
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := p.selectors.find(c.name); found != nil {
		return found
	}
	fresh := &selector{name: c.name, text: strings.Clone(c.nameText)}
	list := append([]*selector(nil), s.all()...)
	if len(list) < maxSelectors {
		list = append(list, fresh)
	} else {
		at := 0
		for at < len(list) && (list[at].confirmed.Load() || list[at].networks().Count() > 1) {
			at++
		}
		if at == len(list) {
			return nil
		}
		p.budget.release(len(list[at].known()))
		list[at] = fresh
	}
	s.open.Store(true)
	s.list.Store(&list)
	return fresh
}

// networks are those that are known to have sent the parameter.
func (s *selector) networks() *sketch.Distinct {
	all := new(sketch.Distinct)
	all.Merge(&s.strangers)
	for _, operation := range s.known() {
		all.Merge(&operation.networks)
	}
	return all
}

// operationFor returns the profile of the operation that a choice picks, from now on if
// there is room.
func (p *Profile) operationFor(s *selector, c *choice, v *Visit, reference bool) *Profile {
	if known := s.known()[c.value]; known != nil {
		return known
	}
	if s.free.Load() || !reference && !s.confirmed.Load() {
		return nil
	}
	set := p.selectors.make()
	set.mu.Lock()
	defer set.mu.Unlock()
	if known := s.known()[c.value]; known != nil || s.free.Load() {
		return known
	}
	if !s.makeRoom(p.budget, reference) {
		if reference && !s.confirmed.Load() && len(s.known()) >= maxOperations {
			s.free.Store(true)
			p.budget.release(len(s.known()))
			s.operations.Store(nil)
		}
		return nil
	}
	fresh := p.newOperation(s, c.valueText, v.Time)
	fresh.operation.source = v.Network
	fresh.late.Store(!reference || p.late.Load())
	fresh.learnsUntil.Store(p.learnsUntil.Load())
	s.change(func(operations map[uint64]*Profile) { operations[c.value] = fresh })
	return fresh
}

// makeRoom reports whether there is room for another operation. One that a single network
// asked for makes some for those that others may recur with.
func (s *selector) makeRoom(budget *operationBudget, reference bool) bool {
	most, crowded := maxOperations, func(*Profile) bool { return true }
	if !reference {
		most, crowded = maxLateOperations, (*Profile).Novel
	}
	held, oldest, least := 0, uint64(0), (*Profile)(nil)
	for value, operation := range s.known() {
		if !crowded(operation) {
			continue
		}
		held++
		if operation.Networks() <= 1 && operation.Trust() == Provisional && (least == nil || older(operation, least)) {
			oldest, least = value, operation
		}
	}
	if held < most {
		return budget.take()
	}
	if least == nil {
		return false
	}
	s.strangers.Merge(&least.networks)
	s.change(func(operations map[uint64]*Profile) { delete(operations, oldest) })
	return true
}

// older orders the operations of a selector by when they were last asked for.
func older(a, b *Profile) bool {
	if x, y := a.last.Load(), b.last.Load(); x != y {
		return x < y
	}
	return a.operation.value < b.operation.value
}
