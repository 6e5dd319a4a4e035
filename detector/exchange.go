package detector

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// Known says which optional facts of an exchange are known. A fact that is not
// known is evidence of nothing: many log formats lack some.
type Known uint8

// The facts that may be unknown.
const (
	KnownReferer Known = 1 << iota
	KnownOrigin
	KnownBody
	KnownClient
)

// AnswerEndLen is how much of the end of an answer is looked at, in bytes.
const AnswerEndLen = 16

// Exchange is one request with its response, as facts. The fields from Status
// on are unknown while the request is judged.
type Exchange struct {
	Known Known
	Time  time.Time

	Method  string
	Path    string // percent-decoded once
	RawPath string // as sent, where it differs from Path's usual encoding
	Root    string // document root, or empty where none is known
	Host    string // as sent, perhaps with a port
	Client  netip.Addr

	Referer string
	Origin  string
	HasBody bool

	// Tunnel is true if the request is an extended CONNECT (RFC 8441), for a WebSocket
	// over HTTP/2 or HTTP/3.
	Tunnel bool

	Agent  string              // User-Agent
	Query  string              // raw, without the question mark
	Header map[string][]string // of the request, by canonical name; read only
	Sent   int64               // length of the request's body in bytes, or −1 if unknown
	Body   []byte              // beginning of the request's body, as far as it is known

	BodyCut bool // there is, or may be, more of the body than Body

	Status        int    // final status; 101 counts as one
	EffectivePath string // what ran: the path after all rewriting
	EffectiveRoot string // and the root it ran under
	ContentType   string // of the response
	Length        int64  // of the response's body in bytes, or −1 if unknown
	IgnoresCase   bool   // the server is known to take paths without regard to case
	Rendered      bool   // no program wrote the answer: the server renders an error
	Answer        []byte // beginning of the body, if it was wanted and is legible

	AnswerEnd   []byte // the last bytes of the body, of what was wanted; nil if unknown
	AnswerTaken bool   // Answer is all there was, or its first bytes
}

// Has reports whether all of the facts are known.
func (x *Exchange) Has(k Known) bool { return x.Known&k == k }

// CarriesPayload reports whether the request can carry a command to a script:
// by a method that does more than read, or by a body.
func (x *Exchange) CarriesPayload() bool {
	return !baseline.MethodOf(x.Method).Reads() || x.Has(KnownBody) && x.HasBody
}

// Unreferred reports whether the request is known to have come from no page at
// all: neither a Referer that names one nor an Origin.
func (x *Exchange) Unreferred() bool {
	return x.Has(KnownReferer) && x.page() == "" && x.Origin == ""
}

// refererStatus says whether the request came from a page.
func (x *Exchange) refererStatus() baseline.RefererStatus {
	switch {
	case x.Unreferred():
		return baseline.NoReferer
	case x.page() != "" || x.Origin != "":
		return baseline.HasReferer
	}
	return baseline.RefererUnknown
}

// ReferredBySite reports whether the request says that it came from a page of
// the same host. A client may lie about that.
func (x *Exchange) ReferredBySite() bool {
	from := x.Referer
	if from == "" {
		from = x.Origin
	}
	if from == "" || x.Host == "" {
		return false
	}
	u, err := url.Parse(from)
	return err == nil && u.Host != "" && strings.EqualFold(u.Hostname(), (&url.URL{Host: x.Host}).Hostname())
}
