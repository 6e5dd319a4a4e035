package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// denyEndpoint makes a denied endpoint the subject, and judges it. ran is the script that
// answers what names none; empty while that is unknown: then that counts which answered
// before. It reports whether the endpoint is denied. Only sites where something is denied
// ask.
func (e *Evaluation) denyEndpoint(name scriptpath.Name, found candidate, ok bool, ran string) bool {
	m, x := e.m, e.x
	if !m.Denials.AnyEndpoint() {
		return false
	}
	asked := baseline.AskedEndpoint{Root: x.Root, Host: x.Host, Path: name.Full, Script: ran}
	if name.Script {
		// What follows a script's name asks it for a route, too.
		if asked.Path = name.Full[len(name.Path):]; asked.Path == "" {
			return false
		}
		asked.Script, asked.Explicit = name.Path, true
	} else if ran == "" && !x.namesRoute(asked.Path) && m.Directories.ServesAsFile(asked.Path) && !e.noFile(asked.Path) {
		return false
	}
	var key baseline.Key
	key, asked.Profile = m.route(x.Root, asked.Path)
	asked.Template = key.Path
	if asked.Script == "" {
		asked.Script = m.Denials.FrontController(x.Root, key.Path)
	}
	rule, denied := m.Denials.Endpoint(&m.Routes, &asked)
	if !denied || ran == "" && !asked.Explicit && e.fileState(asked.Path) == FileThere {
		return false
	}
	s := &e.subject
	if ok {
		s.key, s.profile, s.file = found.key, found.profile, found.file
	}
	s.endpoint, s.habits, s.deniedBy = key, asked.Profile, rule
	e.judge()
	if !s.named() {
		e.judgement.front = asked.Script
	}
	return true
}

// ran returns the script that answered a request which names none.
func (e *Evaluation) ran(found candidate, ok bool) string {
	if x := e.x; !ok || x.Path == x.EffectivePath && x.Root == x.EffectiveRoot {
		return ""
	}
	return found.key.Path
}

// fileState looks at the file of a path, where files tell.
func (e *Evaluation) fileState(path string) FileState {
	if e.x.Root == "" || !e.m.filesTell() {
		return FileUnknown
	}
	return e.d.options.Files.Stat(baseline.Key{Root: e.x.Root, Path: path}).State
}

// noFile reports whether a path is that of no file, as far as files tell.
func (e *Evaluation) noFile(path string) bool { return e.fileState(path) == FileMissing }

// routeApproved reports whether somebody approved of the route that a path is one of, after
// a rule was made.
func (s *denialSearch) routeApproved(own candidate, r *baseline.DenialRule) bool {
	_, route := s.e.m.route(own.key.Root, own.key.Path)
	return route != nil && route.ApprovedSince(r.Time)
}
