package detector

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
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

// opaqueFields lists them: fields of the header and cookies, and of the query's and the body's
// parameters the first. A body that is no form is one field.
func (e *Evaluation) opaqueFields() iter.Seq[opaqueField] {
	return func(yield func(opaqueField) bool) {
		for c := range e.opaqueChannels(channelLength) {
			if !yield(opaqueField{c.kind, c.name, c.length}) {
				return
			}
		}
		if n := e.x.opaqueQuery(); n > 0 && !yield(opaqueField{"parameter", string(opaqueParam([]byte(e.x.Query), opaqueQueryLength)), n}) {
			return
		}
		body := e.body.bytes
		if len(body) < opaqueLength || !mayRun(body, opaqueLength) {
			return
		}
		if n := opaqueRun(body); n >= opaqueLength {
			f := opaqueField{kind: "body", length: n}
			if e.body.form {
				f.kind, f.name = "parameter", string(opaqueParam(body, opaqueLength))
			}
			yield(f)
		}
	}
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

// mayBeOpaque spares nearly all requests the search.
func (e *Evaluation) mayBeOpaque() bool {
	return e.channels != channelsNone || len(e.x.Query) >= opaqueQueryLength || len(e.body.bytes) >= opaqueLength
}

// strangeField names a field that has a long unreadable value and that the script never had
// one in, or does not know at all, or returns "". known is true if it knows the field.
func (e *Evaluation) strangeField() (where string, known bool) {
	if !e.mayBeOpaque() {
		return "", false
	}
	p, h := e.subject.profile, e.m.Hash
	for f := range e.opaqueFields() {
		if f.kind != "parameter" && f.kind != "body" && !p.KnowsName(h, f.name, f.kind == "cookie") {
			return f.String(), false
		}
		if p.KnowsPayloads() && p.HeaderNames() > 0 && !p.KnowsOpaque(f.hash(h)) {
			return f.String(), true
		}
	}
	return "", false
}

// opaqueHashes are the first fields with such values, for the baseline to learn; nil if there
// are none.
func (e *Evaluation) opaqueHashes() *[baseline.OpaqueFields]uint64 {
	if !e.mayBeOpaque() {
		return nil
	}
	e.opaqueSeen = [baseline.OpaqueFields]uint64{}
	n := 0
	for f := range e.opaqueFields() {
		e.opaqueSeen[n] = f.hash(e.m.Hash)
		if n++; n == len(e.opaqueSeen) {
			break
		}
	}
	if n == 0 {
		return nil
	}
	return &e.opaqueSeen
}
