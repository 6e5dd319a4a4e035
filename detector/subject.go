package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// subject is the script, route or file that an exchange is about. The zero value is of
// an exchange that names none.
type subject struct {
	key     baseline.Key
	profile *baseline.Profile // nil if the baseline has none
	// endpoint is the route that was asked for, if the request names no script; habits
	// is the profile of the endpoint or else of the script, by which behaviour is judged.
	endpoint baseline.Key
	habits   *baseline.Profile
	// operation is what the endpoint is asked to do by its selectors, if by any: then whole is
	// the profile of the script or route. newOperation is true if that was not learned to
	// have it.
	operation    baseline.FoundOperation
	whole        *baseline.Profile
	newOperation bool
	file         File
	spelling     scriptpath.Spelling

	// asset is true if the path ends as static files do, route if it names no file.
	// Either was answered as by a program. unlisted is true of a route that is called like a
	// file. directory is what is known of where it lies.
	asset, route, unlisted bool
	directory              *baseline.Directory

	// alteration is what became of a known script since learning ended; nil if nothing.
	alteration *baseline.Alteration

	deniedBy    string // the pattern by which an operator denied it; "" if none did
	guessed     bool   // the path names no script, and may stand for one; no file tells
	exists      bool   // its file is there, or its answer says that it is
	fellThrough bool   // the request named another script, which is missing
	deployed    bool   // it, or its file, appeared in the operator's deploy window
	upload      bool   // it lies where sites keep what visitors send
}

// named reports whether the exchange is about anything.
func (s *subject) named() bool { return s.key.Path != "" }

// unknown reports whether the baseline does not know the script.
func (s *subject) unknown() bool { return s.profile == nil || s.profile.Novel() }

func (s *subject) trusted() bool {
	return s.profile != nil && s.profile.Trust() == baseline.Trusted
}

// denied reports whether an operator denied the script, by its name or by a pattern, or
// the endpoint.
func (s *subject) denied() bool {
	return s.deniedBy != "" || s.profile != nil && s.profile.Trust() == baseline.Denied ||
		s.operation.Profile != nil && s.operation.Profile.Trust() == baseline.Denied
}

// novel reports whether the script was not known when learning ended, and nobody has
// approved it since.
func (e *Evaluation) novel() bool {
	return e.phase == baseline.Enforcing && e.subject.named() && e.subject.unknown() && !e.subject.deployed
}

// missing reports whether the script is new, and its file proven not to be there.
func (e *Evaluation) missing() bool {
	return e.novel() && e.subject.file.State == FileMissing && e.m.filesTell()
}
