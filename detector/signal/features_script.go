package signal

import (
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

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
	// came least.
	ParamsSince baseline.Recurrence
	// ParamsCut is true if there may be names that could not be read. They count as one.
	ParamsCut bool
	// NewChannel is a field that has a long unreadable value, which the script was never
	// sent there. KnownNames is how many names of header fields and cookies it knows.
	NewChannel Channel
	// NamesAlone is how many client networks, of LearnedNetworks, brought a name of these that no
	// other did.
	KnownNames, NamesAlone int
	// Media is how it is used to payloads of the request's type, Upgrade to such an
	// upgrade. Either is zero if there is none.
	Media, Upgrade PayloadKind
	// Payloads is how many payloads it took of which it is known where they came from.
	// Counted once for each client network and day, PayloadSamples is how many these are,
	// and Unreferred how many of them came from no page.
	Payloads, PayloadSamples, Unreferred int
}

// Channel is a field with a long unreadable value.
type Channel struct {
	Name  string // in words; "" if there is none
	Known bool   // the script knows the field
	Param bool   // it is a parameter, or the body
	// Since is how often a field that it does not know came since the end of learning.
	Since baseline.Recurrence
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
