package baseline

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// OperationKey names an operation of an endpoint.
type OperationKey struct {
	Endpoint        Key
	Selector, Value string
}

// ErrNoOperation is in the chain of errors about operations that an endpoint cannot have.
var ErrNoOperation = errors.New("no such operation")

// CheckOperation returns nil if the endpoint can have the operation, whether anybody asked for
// it yet or not: it is known, and the parameter is one of its selectors.
func (d *Decisions) CheckOperation(k OperationKey) error {
	p := d.scripts.Lookup(k.Endpoint)
	if p == nil {
		return fmt.Errorf("%w: %.80q is not known", ErrNoOperation, k.Endpoint.Path)
	}
	if identifier(k.Value) != k.Value {
		return fmt.Errorf("%w: %.80q is not what values of selectors look like", ErrNoOperation, k.Value)
	}
	var names []string
	for _, sel := range p.selectors.all() {
		if sel.confirmed.Load() && sel.text == k.Selector {
			return nil
		} else if sel.confirmed.Load() {
			names = append(names, sel.text)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("%w: %.80q was not learned to have operations", ErrNoOperation, k.Endpoint.Path)
	}
	return fmt.Errorf("%w: %.80q is no selector of %.80q, which has %s", ErrNoOperation, k.Selector, k.Endpoint.Path, strings.Join(names, ", "))
}

// OperationTrust returns how far an operation may be trusted now: it is false if nobody asked
// for it.
func (d *Decisions) OperationTrust(k OperationKey) (Trust, bool) {
	if p := d.scripts.Lookup(k.Endpoint); p != nil {
		for operation := range p.Operations() {
			if operation.operation.selector == k.Selector && operation.operation.value == k.Value {
				return operation.Trust(), true
			}
		}
	}
	return Provisional, false
}

// SetOperations trusts or denies operations, all or none: see [Decisions.CheckOperation]. To
// trust one is to make it, and what it was sent so far, known.
func (d *Decisions) SetOperations(keys []OperationKey, t Trust, by Author, now time.Time) error {
	for _, k := range keys {
		if err := d.CheckOperation(k); err != nil {
			return err
		}
	}
	for _, k := range keys {
		d.setOperation(k, t, now)
		d.logOperation(k, t.String(), by, now)
	}
	return nil
}

// ForgetOperations removes what is known of operations, so that they are new again.
func (d *Decisions) ForgetOperations(keys []OperationKey, by Author, now time.Time) {
	for _, k := range keys {
		if p := d.scripts.Lookup(k.Endpoint); p != nil && p.forgetOperation(k) {
			d.logOperation(k, "forgotten", by, now)
		}
	}
}

func (d *Decisions) logOperation(k OperationKey, decided string, by Author, now time.Time) {
	name := d.scripts.Lookup(k.Endpoint).Name()
	name.Operation = k.Selector + "=" + k.Value
	d.log.add(Decision{Time: now, Script: Key{Root: k.Endpoint.Root, Path: name.String()}, Decided: decided, By: by})
}

func (d *Decisions) setOperation(k OperationKey, t Trust, now time.Time) {
	operation := d.scripts.Lookup(k.Endpoint).decidedOperation(k, d.hash, now)
	operation.decidedAt.Store(now.UnixNano())
	operation.trust.Store(uint32(t))
	if t == Trusted {
		operation.approveOperation()
		d.proven.lift(k.Endpoint)
	}
}

// decidedOperation returns the profile of an operation, and makes it, and its selector, if need
// be: there is always room for what an operator decides.
func (p *Profile) decidedOperation(k OperationKey, h Hasher, now time.Time) *Profile {
	set := p.selectors.make()
	set.mu.Lock()
	defer set.mu.Unlock()
	name, value := h.Text(k.Selector), h.Text(k.Value)
	sel := p.selectors.find(name)
	if sel == nil {
		sel = &selector{name: name, text: strings.Clone(k.Selector)}
		list := append(slices.Clone(p.selectors.all()), sel)
		set.list.Store(&list)
	}
	sel.confirmed.Store(true)
	if known := sel.known()[value]; known != nil {
		return known
	}
	fresh := p.newOperation(sel, k.Value, now)
	fresh.late.Store(true)
	if p.budget != nil {
		p.budget.held.Add(1)
	}
	sel.change(func(operations map[uint64]*Profile) { operations[value] = fresh })
	return fresh
}

// forgetOperation removes an operation, and reports whether it was there.
func (p *Profile) forgetOperation(k OperationKey) bool {
	set := p.selectors.make()
	set.mu.Lock()
	defer set.mu.Unlock()
	for _, sel := range p.selectors.all() {
		if sel.text != k.Selector {
			continue
		}
		for value, operation := range sel.known() {
			if operation.operation.value == k.Value {
				sel.change(func(operations map[uint64]*Profile) { delete(operations, value) })
				p.budget.release(1)
				return true
			}
		}
	}
	return false
}

// decidedOperations lists the operations of which somebody decided.
func (p *Profile) decidedOperations() (list []*Profile) {
	for _, sel := range p.selectors.all() {
		for operation := range maps.Values(sel.known()) {
			if !operation.DecidedAt().IsZero() {
				list = append(list, operation)
			}
		}
	}
	return list
}

// DeniesOperations reports whether an operator denied an operation of the endpoint.
func (p *Profile) DeniesOperations() bool {
	for _, sel := range p.selectors.all() {
		for _, operation := range sel.known() {
			if operation.Trust() == Denied {
				return true
			}
		}
	}
	return false
}

// inheritOperations takes over what was decided about operations of a script or route of
// another baseline: what was denied, and with approvals also what was approved.
func (d *Decisions) inheritOperations(old *Profile, approvals bool, now time.Time) {
	for _, operation := range old.decidedOperations() {
		t := operation.Trust()
		if t != Denied && (!approvals || t != Trusted) {
			continue
		}
		if p := d.scripts.Lookup(old.key); p == nil {
			d.scripts.add(old.key, admission{at: now, operator: true, route: old.route}, Limits{MaxScripts: math.MaxInt})
		}
		d.setOperation(OperationKey{old.key, operation.operation.selector, operation.operation.value}, t, now)
	}
}
