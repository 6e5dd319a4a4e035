package baseline

import (
	"bytes"
	"slices"
	"strings"
)

const (
	// maxNames bounds the names taken from one request's query: the client writes them.
	// Query and body together have twice as many.
	maxNames = 64
	// maxParams bounds the parameters that are looked at, which may all have one name.
	maxParams = 4096
)

// ParamNames are the hashed names of a request's parameters, those of its query and
// those of its body, each once and at most 128 of them: the client writes them. They are hashed
// once for all who look at them. If there may be others the set is incomplete. The zero
// value is of a request without parameters, and so is nil. It is not safe for concurrent use.
type ParamNames struct {
	hashes     [2*maxNames + 1]uint64 // the last is room for restName
	n, form    int                    // of the names, and where those of the body begin
	looked     int                    // at so many parameters
	incomplete bool
}

// restName stands for all names that were not read: a script that was never sent more than
// could be read does not know it. No parameter of a form is called so.
const restName = "&"

// Hash takes the names of a raw query, and of the beginning of a body of parameters like
// those of a query, in place of those before. A parameter of the body counts if its name
// is whole.
func (p *ParamNames) Hash(h Hasher, query string, form []byte) {
	p.Reset()
	for param := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(param, "="); name != "" && !p.add(h, h.Text(name), maxNames) {
			break
		}
	}
	p.form = p.n
	for param := range bytes.SplitSeq(form, []byte{'&'}) {
		if name, _, whole := bytes.Cut(param, []byte{'='}); whole && len(name) > 0 && !p.AddBody(h, name) {
			return
		}
	}
}

// AddBody adds a name of the body, and reports whether there is room for others. If there is
// not, the set is incomplete.
func (p *ParamNames) AddBody(h Hasher, name []byte) bool {
	return p.add(h, h.Text(string(name)), 2*maxNames)
}

// SetIncomplete notes that there may be other names.
func (p *ParamNames) SetIncomplete(h Hasher) {
	p.hashes[p.n], p.incomplete = h.Text(restName), true
}

// Complete reports whether the request has no other names. If it may have, its set of names
// is unknown.
func (p *ParamNames) Complete() bool { return p == nil || !p.incomplete }

// Reset takes all names away.
func (p *ParamNames) Reset() { p.n, p.form, p.looked, p.incomplete = 0, 0, 0, false }

// All lists the names, and if the set is incomplete one that stands for the others.
func (p *ParamNames) All() []uint64 {
	switch {
	case p == nil:
		return nil
	case p.incomplete:
		return p.hashes[:p.n+1]
	}
	return p.hashes[:p.n]
}

// Form lists those of the body that were read.
func (p *ParamNames) Form() []uint64 {
	if p == nil {
		return nil
	}
	return p.hashes[p.form:p.n]
}

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

// add adds a name to those of the query, or of the body, unless it is there.
func (p *ParamNames) add(h Hasher, hash uint64, most int) bool {
	if p.looked++; p.looked > maxParams {
		p.SetIncomplete(h)
		return false
	}
	if slices.Contains(p.hashes[p.form:p.n], hash) {
		return true
	}
	if p.n >= most {
		p.SetIncomplete(h)
		return false
	}
	if p.incomplete {
		p.hashes[p.n+1] = p.hashes[p.n]
	}
	p.hashes[p.n] = hash
	p.n++
	return true
}
