package signal

import (
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector/client"
)

// Stage is when an exchange is judged.
type Stage uint8

// The stages. A judgement at the response replaces the one at the request.
const (
	AtRequest Stage = iota
	AtResponse
)

// String returns "request" or "response".
func (s Stage) String() string {
	if s == AtResponse {
		return "response"
	}
	return "request"
}

// Features is all that signals look at. It is computed once for each judgement, and
// holds plain values: facts of the exchange, what the baseline knows of the script,
// and the site's own rates.
type Features struct {
	Now       time.Time
	Stage     Stage
	Enforcing bool // the site has ended learning
	Ended     bool // the answer is over, and its length known

	Request Request
	Answer  Answer
	Script  Script
	Proven  Proven
	// Site is filled if the script is novel, lies among uploads or is sent a strange
	// method, and with the evidence.
	Site Site

	// Evidence is found out only once a gate has opened, and is zero before.
	Evidence Evidence
}

// Request is what was asked, and how.
type Request struct {
	Method     baseline.Method
	MethodName string // as it may be shown
	// Payload is true if the request can carry a command: by a method that does more
	// than read, or by a body.
	Payload bool
	// Unreferred is true if the request is known to have come from no page: neither a
	// Referer that names one nor an Origin.
	Unreferred bool
	// OriginKnown is true if an Origin would be known if there were one.
	OriginKnown bool
	// Query is true if there is one.
	Query bool
	// OpaqueQuery is true if the query has a long value that nobody can read.
	OpaqueQuery bool
	// Spelling is how the path differed from the canonical one, without what is usual on
	// the site.
	Spelling scriptpath.Spelling
}

// Answer is what the script answered, as far as it is known.
type Answer struct {
	Status int
	Type   string // its media type as the header has it
	Length int64  // of its body in bytes, or −1 if unknown
	// Shift says in what the answer differs from all that the script gave to payloads.
	Shift AnswerShift
	// Shape says the same of the answers to this set of parameters.
	Shape ShapeShift
}

// AnswerShift tells of an answer to a payload that is like none before. The zero
// value is of one that is not.
type AnswerShift struct {
	Status  bool // by its class of status; otherwise by its order of size
	Answers int  // how many there were before
	Kinds   int  // and of how many kinds
}

// ShapeShift is AnswerShift for one set of parameters.
type ShapeShift struct {
	In      baseline.Unlike
	Answers int
	Kinds   int
}

// Evidence is what is found out about an exchange for which a gate has opened.
type Evidence struct {
	// Strange is true if a known script is used in a way that it was not.
	Strange bool
	// Opaque is a long unreadable value that the request brings.
	Opaque Opaque
	// Changing is a field in which its client's network sends such values.
	Changing Changing
	// NotAForm is true if the body is not the form that the request says it is.
	NotAForm bool
	// BareAnswer is true if a page has no markup where one begins.
	BareAnswer bool
	// AnswerOrders is in how many orders of size, which are powers of four, the client's
	// network was answered the same request; 0 if that is not followed.
	AnswerOrders int
	// FromSite is true if the request says that it came from a page of the same host.
	FromSite bool
	// Uploaded is true if a file of the script's name was uploaded lately.
	Uploaded bool

	ClientKnown bool // the client's address is known
	ClientSeen  bool // and its network was served something clean lately
	Client      client.Behaviour
	History     PayloadHistory
}

// Opaque is a long value that nobody can read.
type Opaque struct {
	Where  string // "" if there is none
	Length int    // in characters
}

// Changing is a field with a long unreadable value in which the endpoint was never sent any.
// It is zero if there is none, or if the client's network sent the field to others too.
type Changing struct {
	Where           string // in words
	Values, Lengths int    // different ones by the client's network, up to three
	Body            bool   // the field is in the body
}

// Site holds the site's own rates and times.
type Site struct {
	Started, Closed time.Time // of learning
	Visits          int64     // learned
	Samples         int       // of coverage
	UnseenRate      float64   // share of visits to scripts not seen before
	CreationRate    float64   // share of days on which scripts of the directory were first seen
	PayloadShare    float64   // share of scripts that take payloads, of PayloadScripts
	PayloadScripts  int
	DataShare       float64 // share of scripts that lie among data and are only read
	FreshClients    float64 // share of visits by networks not seen lately
	UnreferredPosts float64 // share of payloads from no page
}

// PayloadHistory is what payloads to a script did, this one included.
type PayloadHistory struct {
	Framed  int // answers in a row that began and ended like this one; 0 if that is unknown
	Lengths int // in how many different lengths, up to three
	Taken   int // payloads with parameters
	Fresh   int // of these had a name of a parameter that none before had
	// Marks is true if the frame looks like marks of a tool: it is no markup, JSON or
	// white space.
	Marks bool
}
