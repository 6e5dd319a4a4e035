package baseline

import (
	"bytes"
	"strings"
)

// ParamNames are the hashed names of a request's parameters, those of its query and
// those of its body, at most 128 of them: the client writes them. They are hashed once
// for all who look at them. The zero value is of a request without parameters, and so is
// nil. It is not safe for concurrent use.
type ParamNames struct {
	hashes  [2 * maxNames]uint64
	n, form int // of the hashes, and where those of the body begin
}

// Hash takes the names of a raw query, and of the beginning of a body of parameters like
// those of a query, in place of those before. A parameter of the body counts if its name
// is whole.
func (p *ParamNames) Hash(h Hasher, query string, form []byte) {
	p.Reset()
	params := 0
	for param := range strings.SplitSeq(query, "&") {
		if params++; params > maxNames {
			p.form = p.n
			return
		}
		if name, _, _ := strings.Cut(param, "="); name != "" {
			p.add(h.Text(name))
		}
	}
	p.form = p.n
	for param := range bytes.SplitSeq(form, []byte{'&'}) {
		if params++; params > 2*maxNames {
			return
		}
		if name, _, whole := bytes.Cut(param, []byte{'='}); whole && len(name) > 0 {
			p.add(h.Text(string(name)))
		}
	}
}

// Reset takes all names away.
func (p *ParamNames) Reset() { p.n, p.form = 0, 0 }

// All lists the names, as often as they occur.
func (p *ParamNames) All() []uint64 {
	if p == nil {
		return nil
	}
	return p.hashes[:p.n]
}

// Form lists those of the body.
func (p *ParamNames) Form() []uint64 {
	if p == nil {
		return nil
	}
	return p.hashes[p.form:p.n]
}

func (p *ParamNames) add(hash uint64) {
	p.hashes[p.n] = hash
	p.n++
}
