package baseline

import "slices"

// Set hashes the set of the names, whatever their order and how often they occur. It is 0
// if there are none.
func (p *ParamNames) Set() (set uint64) {
	all := p.All()
	for i, name := range all {
		if !slices.Contains(all[:i], name) {
			set += name | 1
		}
	}
	return set
}

// KnowsParam reports whether the script was sent a parameter of the name, by its hash.
func (p *Profile) KnowsParam(name uint64) bool { return p.features.params.Has(name) }
