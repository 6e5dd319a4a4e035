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

// KnowsParam reports whether the reference may have a parameter that a client network
// sends, by the hash of its name.
func (p *Profile) KnowsParam(name, network uint64) bool { return p.knows(paramName, name, network) }
