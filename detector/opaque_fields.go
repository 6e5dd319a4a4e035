package detector

import (
	"bytes"
	"fmt"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// opaqueField is where a request has a long value that nobody can read.
type opaqueField struct {
	kind, name string
	length     int
}

func (f *opaqueField) String() string {
	if f.name == "" {
		return "its " + f.kind
	}
	return fmt.Sprintf("the %s %.40q", f.kind, f.name)
}

// hash identifies the field. It does not allocate.
func (f *opaqueField) hash(h baseline.Hasher) uint64 {
	return h.Text(f.kind) ^ h.Text(f.name)*0x9e3779b97f4a7c15
}

// opaqueParameter returns the first parameter of the query with such a value; its length is 0
// if there is none.
func (x *Exchange) opaqueParameter() opaqueField {
	n := x.opaqueQuery()
	if n == 0 {
		return opaqueField{}
	}
	return opaqueField{"parameter", string(opaqueParam([]byte(x.Query), opaqueQueryLength)), n}
}

// opaqueField is the same of the body. A body that is no form is one field.
func (b *requestBody) opaqueField() opaqueField {
	if b.searched {
		return b.opaque
	}
	b.searched, b.opaque = true, opaqueField{}
	if len(b.bytes) < opaqueLength || !mayRun(b.bytes, opaqueLength) {
		return b.opaque
	}
	if n := opaqueRun(b.bytes); n >= opaqueLength {
		b.opaque = opaqueField{kind: "body", length: n}
		if b.form {
			b.opaque.kind, b.opaque.name = "parameter", string(opaqueParam(b.bytes, opaqueLength))
		}
	}
	return b.opaque
}

// opaqueParam returns the name of the first parameter with an unreadable run of so many
// characters, as it was sent.
func opaqueParam(params []byte, least int) []byte {
	for param := range bytes.SplitSeq(params, []byte{'&'}) {
		if opaqueRun(param) >= least {
			name, _, _ := bytes.Cut(param, []byte{'='})
			return name[:min(len(name), maxFormName)]
		}
	}
	return nil
}

// strangeField returns a field that has a long unreadable value and that the script never
// had one in, or does not know at all; its name is "" if there is none.
func (e *Evaluation) strangeField() signal.Channel {
	p, h := e.subject.habits, e.m.Hash
	for c := range e.opaqueChannels(channelLength) {
		f, cookie := opaqueField(c), c.kind == "cookie"
		if !p.KnowsName(h, f.name, cookie, e.network) {
			return signal.Channel{Name: f.String(), Since: p.NameSince(h, f.name, cookie)}
		}
		if e.knowsOpaque() && !p.KnowsOpaque(f.hash(h), e.network) {
			return signal.Channel{Name: f.String(), Known: true}
		}
	}
	if e.bringsOpaque() && e.knowsOpaque() {
		for _, f := range [...]opaqueField{e.x.opaqueParameter(), e.body.opaqueField()} {
			if f.length > 0 && !p.KnowsOpaque(f.hash(h), e.network) {
				return signal.Channel{Name: f.String(), Known: true, Param: true}
			}
		}
	}
	return signal.Channel{}
}

// bringsOpaque reports whether the query or the body may have such a value.
func (e *Evaluation) bringsOpaque() bool {
	return len(e.x.Query) >= opaqueQueryLength || len(e.body.bytes) >= opaqueLength
}

// knowsOpaque reports whether it is known in which fields the endpoint is sent unreadable
// values: logs have no header fields.
func (e *Evaluation) knowsOpaque() bool {
	return e.subject.habits.KnowsPayloads() && e.subject.habits.HeaderNames() > 0
}

// strangeTo reports whether an endpoint, if it is known, was never sent such a value there.
func (c channel) strangeTo(e *Evaluation) bool {
	p, f := e.subject.habits, opaqueField(c)
	return p == nil || e.novel() || !p.KnowsName(e.m.Hash, c.name, c.kind == "cookie", e.network) || e.knowsOpaque() && !p.KnowsOpaque(f.hash(e.m.Hash), e.network)
}

// opaqueHashes are the first fields with such values, for the baseline to learn; nil if there
// are none.
func (e *Evaluation) opaqueHashes() *[baseline.OpaqueFields]uint64 {
	n, seen := 0, &e.opaqueSeen
	for c := range e.opaqueChannels(channelLength) {
		f := opaqueField(c)
		if n < len(seen) {
			seen[n] = f.hash(e.m.Hash)
			n++
		}
	}
	if e.bringsOpaque() {
		for _, f := range [...]opaqueField{e.x.opaqueParameter(), e.body.opaqueField()} {
			if n < len(seen) && f.length > 0 {
				seen[n] = f.hash(e.m.Hash)
				n++
			}
		}
	}
	if n == 0 {
		return nil
	}
	clear(seen[n:])
	return seen
}
