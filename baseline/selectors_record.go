package baseline

import (
	"fmt"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// selectorRecord is a selector as it is stored, or what may be one.
type selectorRecord struct {
	_          struct{} `cbor:",toarray"`
	Name       uint64
	Text       string
	Confirmed  bool
	Free       bool
	Strangers  sketch.DistinctRecord
	Operations []operationRecord
}

// operationRecord is an operation as it is stored. Of a parameter that may be no selector
// those are not stored that one client network alone asked for: what they are called may be
// nobody's business.
type operationRecord struct {
	_       struct{} `cbor:",toarray"`
	Hash    uint64
	Value   string
	Source  uint64
	Profile profileRecord
}

func (s *selectors) record() (list []selectorRecord) {
	for _, sel := range s.all() {
		rec := selectorRecord{Name: sel.name, Text: sel.text, Confirmed: sel.confirmed.Load(), Free: sel.free.Load(), Strangers: sel.strangers.Record(nil)}
		for hash, operation := range sel.known() {
			if !rec.Confirmed && operation.Networks() < recurringNetworks {
				continue
			}
			stored := operationRecord{Hash: hash, Value: operation.operation.value, Source: operation.operation.source}
			operation.record(&stored.Profile)
			rec.Operations = append(rec.Operations, stored)
		}
		list = append(list, rec)
	}
	return list
}

// restoreSelectors takes back what was stored. What cannot be in a record is cut off.
func (p *Profile) restoreSelectors(list []selectorRecord) error {
	if len(list) == 0 {
		return nil
	}
	set := p.selectors.make()
	var restored []*selector
	for _, rec := range list[:min(len(list), maxSelectors)] {
		sel := &selector{name: rec.Name, text: rec.Text[:min(len(rec.Text), maxChoiceName)]}
		sel.confirmed.Store(rec.Confirmed)
		sel.free.Store(rec.Free)
		sel.strangers.Restore(rec.Strangers)
		operations := make(map[uint64]*Profile, len(rec.Operations))
		for _, stored := range rec.Operations[:min(len(rec.Operations), maxOperations+maxLateOperations)] {
			if len(stored.Profile.Selectors) > 0 {
				return fmt.Errorf("an operation of %q has operations", p.key.Path)
			}
			known, err := stored.Profile.profile()
			if err != nil {
				return err
			}
			known.key, known.route = p.key, p.route
			known.operation = &operation{selector: sel.text, value: stored.Value[:min(len(stored.Value), maxChoiceValue)], source: stored.Source}
			operations[stored.Hash] = known
		}
		sel.operations.Store(&operations)
		set.open.Store(set.open.Load() || !rec.Confirmed)
		restored = append(restored, sel)
	}
	set.list.Store(&restored)
	return nil
}
