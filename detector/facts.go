package detector

import (
	"fmt"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
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

// Facts is what signals look at: the exchange, what the site's baseline knows
// of the script it reached, and what else was found out about it.
type Facts struct {
	*Exchange
	memory *Memory
	Stage  Stage
	Site   *baseline.Site
	Phase  baseline.Phase
	Method baseline.Method

	// Key names the script. Profile is nil if the baseline has none of it.
	Key      baseline.Key
	Profile  *baseline.Profile
	Spelling scriptpath.Spelling
	File     File

	// Contained is true if the site was contained when the request came; rehearsed if
	// that is only tried out, and listed once it was noted.
	Contained, rehearsed, listed bool
	// Ended is true once the answer is over, and its length known.
	Ended bool
	// Answered is true once the script is known to exist: its file is there,
	// or its answer says so.
	Answered bool
	// FellThrough is true if the request named another script, which is missing:
	// the server ran this one instead.
	FellThrough bool
	// Deployed is true if the script, or its file, appeared in the operator's deploy
	// window.
	Deployed bool
	// ClientSeen is true if the client's network was seen on the site lately.
	ClientSeen bool
	// Asset is true if the path ends as static files do, Route if it names no file.
	// Either was answered as by a program. Place is what is known of its directory.
	Asset, Route bool
	Place        *baseline.Directory
	// Behaviour is what its network did, if a gate opened.
	Behaviour Behaviour
	// Course is what payloads to the script did up to this one, once the answer is over.
	Course Course
	// Uploaded is true if a file of the script's name was uploaded lately.
	Uploaded bool
	// Upload is true if the script lies where sites keep what visitors send.
	Upload bool

	network uint64    // of the client
	client  *activity // of it; nil if there is none yet
}

// Novel reports whether the script was not known when learning ended and has
// not been vouched for since.
func (f *Facts) Novel() bool {
	return f.Phase == baseline.Enforcing && (f.Profile == nil || f.Profile.Novel()) && !f.Deployed
}

// origin says where the request came from.
func (f *Facts) origin() baseline.RefererStatus {
	switch {
	case f.Unreferred():
		return baseline.NoReferer
	case f.Referer != "" || f.Origin != "":
		return baseline.HasReferer
	}
	return baseline.RefererUnknown
}

// Trusted reports whether the script is trusted.
func (f *Facts) Trusted() bool {
	return f.Profile != nil && f.Profile.Trust() == baseline.Trusted
}

// sinceFirstSeen is how long ago the script was first seen, in words.
func (f *Facts) sinceFirstSeen() string {
	age := max(0, f.Time.Sub(f.Profile.FirstSeen()))
	if age >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(age.Hours()/24))
	}
	return age.Round(time.Second).String()
}
