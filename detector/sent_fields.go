package detector

import (
	"bytes"
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// A session's cookie comes with each page, and a token stays the same for a while. Commands
// differ, and go to one endpoint. So it is followed which unreadable values a client network
// sends in a field in which its endpoint was never sent any.

// valuesCounted is how many different values are told apart.
const valuesCounted = 3

// sentField is what a client network sent in such a field.
type sentField struct {
	endpoint        uint64 // to which
	several         bool   // or to others too
	values, lengths different
}

// different are the first different numbers of those that came. None is 0.
type different [valuesCounted]uint64

func (d different) add(n uint64) different {
	if free := slices.Index(d[:], 0); free >= 0 && !slices.Contains(d[:], n) {
		d[free] = n
	}
	return d
}

func (d different) count() int {
	if free := slices.Index(d[:], 0); free >= 0 {
		return free
	}
	return len(d)
}

// add adds a value, by its hash and length, that was sent to the endpoint.
func (f sentField) add(endpoint, value uint64, length int) sentField {
	if f.endpoint == 0 {
		f.endpoint = endpoint
	}
	f.several = f.several || f.endpoint != endpoint
	f.values, f.lengths = f.values.add(value), f.lengths.add(uint64(length))
	return f
}

// followedField returns the field that is followed of the request; its length is 0 if there
// is none. What others bring as long values to scripts that are known is none.
func (e *Evaluation) followedField() opaqueField {
	if !e.enforcing() || !e.x.Has(KnownClient) || !e.subject.exists && e.subject.unknown() {
		return opaqueField{}
	}
	known := e.subject.known()
	if !known && !e.novel() {
		return opaqueField{}
	}
	for c := range e.opaqueChannels(channelLength) {
		if c.name == "Authorization" && c.kind == "header" || e.m.channels.Seen(e.m.channelHash(c)) {
			continue // such a value by its nature, or the application's
		}
		if c.strangeTo(e) {
			return opaqueField(c)
		}
	}
	if !known || !e.knowsOpaque() || !e.x.CarriesPayload() {
		return opaqueField{}
	}
	if f := e.body.opaqueField(); f.length > 0 && !e.subject.habits.KnowsOpaque(f.hash(e.m.Hash), e.network) {
		return f
	}
	return opaqueField{}
}

// fieldValue hashes what the request has in the field.
func (e *Evaluation) fieldValue(f *opaqueField) uint64 {
	h := e.m.Hash
	switch f.kind {
	case "header":
		return h.Text(strings.Join(e.x.Header[f.name], ",")) | 1
	case "cookie":
		return h.Text(e.x.cookie(f.name)) | 1
	}
	if f.name == "" {
		return h.Text(string(e.body.bytes)) | 1
	}
	for param := range bytes.SplitSeq(e.body.bytes, []byte{'&'}) {
		if name, value, _ := bytes.Cut(param, []byte{'='}); bytes.HasPrefix(name, []byte(f.name)) {
			return h.Text(string(value)) | 1
		}
	}
	return 1
}

// cookie returns the value of the first cookie of the name.
func (x *Exchange) cookie(name string) string {
	for _, field := range x.Header["Cookie"] {
		for cookie := range strings.SplitSeq(field, ";") {
			if n, value, _ := strings.Cut(strings.TrimSpace(cookie), "="); n == name {
				return value
			}
		}
	}
	return ""
}

// senderHash identifies a client network and its field. The fields of bodies count as one:
// some tools make up a new name for each request.
func (e *Evaluation) senderHash(f *opaqueField) uint64 {
	field := *f
	if field.inBody() {
		field = opaqueField{kind: "body"}
	}
	return e.network*0x9e3779b97f4a7c15 ^ field.hash(e.m.Hash)
}

// inBody reports whether the field is of a body.
func (f *opaqueField) inBody() bool { return f.kind != "header" && f.kind != "cookie" }

// endpointHash identifies the endpoint.
func (e *Evaluation) endpointHash() uint64 {
	h, key := e.m.Hash, e.followedEndpoint()
	return (h.Text(key.Root)*0x9e3779b97f4a7c15 ^ h.Text(key.Path)) | 1
}

// followedEndpoint is what the exchange is about: a route behind a front controller is an
// endpoint of its own.
func (e *Evaluation) followedEndpoint() baseline.Key {
	if e.subject.endpoint.Path != "" {
		return e.subject.endpoint
	}
	return e.subject.about()
}

// changing describes the field that is followed, with what the client's network sent in it,
// this request included.
func (e *Evaluation) changing() signal.Changing {
	f := e.followedField()
	if f.length == 0 {
		return signal.Changing{}
	}
	sent := e.m.sent.get(e.senderHash(&f)).add(e.endpointHash(), e.fieldValue(&f), f.length)
	if sent.several {
		return signal.Changing{}
	}
	return signal.Changing{Where: f.String(), Values: sent.values.count(), Lengths: sent.lengths.count(), Body: f.inBody()}
}

// learnSentField remembers what was sent in such a field.
func (e *Evaluation) learnSentField() {
	f := e.followedField()
	if f.length == 0 {
		return
	}
	endpoint, value := e.endpointHash(), e.fieldValue(&f)
	e.m.sent.change(e.senderHash(&f), func(sent sentField) sentField { return sent.add(endpoint, value, f.length) })
}
