package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// In containment what nobody vouches for is refused: before it runs where the
// request names it, otherwise at its answer.

// refusedSubject is what containment refuses, or in a rehearsal would.
type refusedSubject struct {
	key   baseline.Key
	known bool // the baseline has a profile of it
}

// containRequest refuses a request that names what is not trusted.
func (e *Evaluation) containRequest() {
	s := &e.subject
	if !e.contained && !e.rehearsed || s.denied() || s.trusted() && !e.strangeOperation() {
		return
	}
	if s.named() && !s.guessed {
		if s.file.State != FileMissing || !e.m.filesTell() {
			e.forbid(s.key, s.profile)
		}
		return
	}
	if s.known() && !s.takes(e) {
		e.forbid(s.about(), s.habits)
		return
	}
	// Of what names no script a suffix says enough. Routes wait for what they run.
	full := e.d.namer.Name(e.x.Path).Full
	if !strings.Contains(full[strings.LastIndexByte(full, '/')+1:], ".") || e.allowedWhenContained(e.x.Root, full) {
		return
	}
	key := baseline.Key{Root: e.x.Root, Path: full}
	if key.Root != "" && e.m.filesTell() && e.d.options.Files.Stat(key).State == FileMissing {
		return
	}
	e.forbidPath(key)
}

// containResponse refuses the answer of what is not trusted.
func (e *Evaluation) containResponse() {
	x, s := e.x, &e.subject
	if !e.contained && !e.rehearsed || s.denied() || x.Rendered {
		return
	}
	gone := x.gone()
	if s.named() && !s.asset && !s.route && !s.guessed {
		missing := gone && s.file.State == FileMissing && e.m.filesTell()
		if (!s.trusted() || e.strangeOperation()) && !missing {
			e.forbid(s.key, s.profile)
		}
		return
	}
	full := e.d.namer.Name(x.EffectivePath).Full
	switch {
	case e.allowedWhenContained(x.EffectiveRoot, full) || e.redirectsToDirectory(full):
	case gone:
		// A shell can answer 404 as well: the status stays, what it says does not.
		if e.contained {
			e.judgement.Refusal = RefusedMissing
		}
	case s.guessed:
		e.refuse(e.routeKey(s.key))
		e.forbid(s.key, s.profile)
	case s.named():
		e.forbid(s.key, s.profile)
	default:
		e.forbidPath(baseline.Key{Root: x.EffectiveRoot, Path: full})
	}
}

// forbidPath refuses a path that names no script: as the route that it is one of, so that
// somebody can approve that.
func (e *Evaluation) forbidPath(key baseline.Key) { e.forbid(e.routeKey(key)) }

// routeKey returns what a path that names no script is known as: itself, or the route that
// it is one of.
func (e *Evaluation) routeKey(key baseline.Key) (baseline.Key, *baseline.Profile) {
	profile := e.m.Scripts.Lookup(key)
	if profile == nil && e.x.namesRoute(key.Path) {
		return e.m.route(key.Root, key.Path)
	}
	return key, profile
}

// redirectsToDirectory reports whether a redirection is that to the slash which a
// directory's name lacks, as servers give it.
func (e *Evaluation) redirectsToDirectory(full string) bool {
	x, m := e.x, e.m
	if x.CarriesPayload() || x.Status != 301 && x.Status != 302 && x.Status != 307 && x.Status != 308 {
		return false
	}
	index := m.Scripts.Lookup(baseline.Key{Root: x.EffectiveRoot, Path: full + "/index.php"})
	return index != nil && index.Trust() == baseline.Trusted || m.Directories.Known(x.EffectiveRoot, full+"/")
}

// refuse notes what containment refuses, or would, for its list: the first.
func (e *Evaluation) refuse(key baseline.Key, profile *baseline.Profile) {
	if e.refused.key.Path == "" {
		e.refused = refusedSubject{key: key, known: profile != nil}
	}
}

// forbid refuses what is asked for, or in a rehearsal only notes it. It is held
// against the request no more than a suspicion is: honest visitors do not know.
func (e *Evaluation) forbid(key baseline.Key, profile *baseline.Profile) {
	if e.refuse(key, profile); !e.contained {
		return
	}
	j := &e.judgement
	j.Script = key
	if !e.described {
		j.features = signal.Features{}
	}
	if f := &j.features.Script; profile != nil {
		f.Profiled, f.Trust = true, profile.Trust()
	}
	j.add(containedSignal, 0)
	j.Score, j.Verdict = max(j.Score, e.d.options.Suspicious), max(j.Verdict, Suspicious)
	j.Refusal = RefusedContained
}

// allowedWhenContained reports whether containment serves a path that names no script: a
// route that was learned or that an operator approved, or a static file.
func (e *Evaluation) allowedWhenContained(root, full string) bool {
	x, m := e.x, e.m
	if p := m.Scripts.Lookup(baseline.Key{Root: root, Path: full}); p != nil && !p.Route() && p.Trust() == baseline.Trusted {
		return true
	}
	if _, p := m.route(root, full); p != nil && !p.Novel() && p.Trust() != baseline.Denied {
		return !x.CarriesPayload() || p.KnowsMethod(e.method)
	}
	if x.CarriesPayload() || e.method != baseline.MethodGet && e.method != baseline.MethodHead {
		return false
	}
	if strings.HasSuffix(full, "/") {
		// Where no root is known, an index could be a script that was dropped there.
		return full == "/" || scriptpath.DataDirectory(full) == "" && m.Directories.Known(root, full)
	}
	program := scriptpath.StaticSuffix(full) && x.dynamic()
	return m.Directories.ServesAsFile(full) && !program
}
