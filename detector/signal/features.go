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

// Script is the script that the exchange is about, and what the baseline knows of it.
type Script struct {
	Path string
	// Novel is true if the script was not known when learning ended, and nobody has
	// approved it since.
	Novel bool
	// Known is true if it has a profile and is not novel.
	Known    bool
	Profiled bool // it has a profile, perhaps a novel one
	Trust    baseline.Trust
	// Endpoint is the route by which a front controller was asked, if that is new:
	// NewEndpoint is true if it seems to exist.
	Endpoint    string
	NewEndpoint bool
	// DeniedBy is the pattern by which an operator denied it, if not by its name.
	DeniedBy string
	// Asset is true if the path ends as static files do, Route if it names no file.
	// Either was answered as by a program.
	Asset, Route bool
	// Unlisted is true of a route that is called like a file, by an extension to which no
	// program of the site answered.
	Unlisted bool
	// Service is true if the script is likely none, but a service that is called by gRPC.
	Service bool
	// Guessed is true if the path names no script, and may stand for one that no file tells
	// of; AmongRoutes if the site has routes, so that new ones are to be expected.
	Guessed, AmongRoutes bool
	// Upload is true if the script lies where sites keep what visitors send.
	Upload bool
	// FellThrough is true if the request named another script, which is missing: the
	// server ran this one instead.
	FellThrough bool
	// StaticVisits is how many visits its directory had to static files, if it served
	// nothing else and enough of them to say so.
	StaticVisits int
	File         File
	// FileChanged is true if a novel script's file was changed after learning had
	// ended, FileOld if before it began.
	FileChanged, FileOld bool
	// FileHidden is true if the guard may not look whether a novel script's file is there.
	FileHidden bool
	// FirstSeen is when a novel script with a profile was first seen, and Networks how
	// many client networks have visited it.
	FirstSeen time.Time
	Networks  int

	// What follows is of a known script.

	// FileAltered is when its file was changed since learning ended, and Configuration
	// when a file that configures its directories was, ConfiguredBy, if nobody vouches for
	// that; otherwise zero. AlteredShare is the share of other scripts of the site whose
	// files were changed.
	FileAltered, Configuration time.Time
	ConfiguredBy               string
	AlteredShare               float64

	Visits, MethodsOnce uint64 // visits learned, and methods that were seen exactly once
	// StrangeMethod is true if it does not normally take the request's method, and
	// StrangeNetworks is how many client networks have used such a method since.
	// TakesPayloads is true if it normally takes another such method.
	StrangeMethod   bool
	TakesPayloads   bool
	StrangeNetworks int
	Dormant         time.Duration // how long nobody has visited it, if that is long; else 0
	// Params is how many names of parameters the request brings, NewParams how many of
	// them the script was never sent, KnownParams how many names it knows.
	Params, NewParams, KnownParams int
	// NovelNetworks is how many client networks brought a name of a parameter that no other
	// did while the script was learned, of LearnedNetworks.
	NovelNetworks, LearnedNetworks int
	// ParamsSince is how often that of the new names came since the end of learning which
	// came least, and ChannelSince how often NewChannel did.
	ParamsSince, ChannelSince baseline.Recurrence
	// ParamsCut is true if there may be names that could not be read. They count as one.
	ParamsCut bool
	// NewChannel names a field that has a long unreadable value, which the script was never
	// sent there; "" if there is none. ChannelKnown is true if it knows the field, ChannelParam
	// if it is a parameter or the body.
	// KnownNames is how many names of header fields and cookies it knows.
	NewChannel   string
	ChannelKnown bool
	ChannelParam bool
	KnownNames   int
	// Media is how it is used to payloads of the request's type, Upgrade to such an
	// upgrade. Either is zero if there is none.
	Media, Upgrade PayloadKind
	// Payloads is how many payloads it took of which it is known where they came from.
	// Counted once for each client network and day, PayloadSamples is how many these are,
	// and Unreferred how many of them came from no page.
	Payloads, PayloadSamples, Unreferred int
}

// PayloadKind is how a script is used to a kind of payload.
type PayloadKind struct {
	Name string // as the client has it
	baseline.MediaHabits
}

// Trusted reports whether the script is trusted.
func (s *Script) Trusted() bool { return s.Trust == baseline.Trusted && s.Profiled }

// Altered reports whether what a known script does may have been changed since learning
// ended.
func (s *Script) Altered() bool { return !s.FileAltered.IsZero() || !s.Configuration.IsZero() }

// File is what was seen of the script's file.
type File struct {
	There bool
	// Changed is its inode's change time; zero if that is unknown.
	Changed time.Time
}

// Evidence is what is found out about an exchange for which a gate has opened.
type Evidence struct {
	// Strange is true if a known script is used in a way that it was not.
	Strange bool
	// Opaque is a long unreadable value that the request brings.
	Opaque Opaque
	// NotAForm is true if the body is not the form that the request says it is.
	NotAForm bool
	// BareAnswer is true if a page has no markup where one begins.
	BareAnswer bool
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
