package detector

import (
	"iter"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// The signals of an operator's decisions.
var deniedSignal, containedSignal = decision(signal.DeniedID), decision(signal.ContainedID)

func decision(id int) *signal.Signal {
	for _, s := range signal.Decisions() {
		if s.ID == id {
			return s
		}
	}
	panic("detector: no such decision")
}

// maxDenialLooks bounds the files that are looked at for one request. What is beyond
// them counts as there.
const maxDenialLooks = 256

// denialSearch finds out whether a request means what an operator denied, by any name by
// which some server runs it. Sites where nothing is denied do without. It is part of the
// Evaluation, so that it costs no allocation.
type denialSearch struct {
	e     *Evaluation
	looks int
	of    string // the path of which names are the longer ones
	names []longName
}

// longName is a script that a path may mean which names none.
type longName struct{ dir, base string }

// denial is what was found.
type denial struct {
	candidate
	rule string // the pattern that says so; "" if the script itself is denied
}

// findDenial finds what is denied of the scripts that a path means: the one that was
// found for it, or another that some server may run.
func (e *Evaluation) findDenial(root, path, raw string, found candidate) (candidate, string, bool) {
	if found.profile != nil && found.profile.Trust() == baseline.Denied {
		return found, "", true
	}
	search := &e.denials
	search.reset()
	search.e = e
	name := e.d.namer.Name(path)
	d, ok := search.under(root, path, raw, name, found)
	if ok || !e.m.Mappings.Any() {
		return d.candidate, d.rule, ok
	}
	for _, spelling := range [...]string{scriptpath.Tidy(path), name.Full} {
		for key := range e.m.Mappings.Candidates(root, spelling) {
			if d, ok := search.under(key.Root, key.Path, "", e.d.namer.Name(key.Path), found); ok {
				return d.candidate, d.rule, true
			}
		}
	}
	return candidate{}, "", false
}

// under looks at the scripts that a path means under a root.
func (s *denialSearch) under(root, path, raw string, name scriptpath.Name, found candidate) (denial, bool) {
	if found.key.Root == root && found.file.State == FileThere {
		return s.script(found.key, found) // no other name counts
	}
	for script := range s.scripts(path, raw, name, found) {
		if len(script) > scriptpath.MaxPathLen {
			break // no file has that name
		}
		if d, ok := s.script(baseline.Key{Root: root, Path: script}, found); ok {
			return d, true
		}
	}
	if name.Script || len(name.Full) > scriptpath.MaxPathLen {
		return denial{}, false
	}
	return s.short(baseline.Key{Root: root, Path: name.Full})
}

// scripts lists the scripts that a path names. A server may split it at any executable
// suffix; but a trusted script is itself.
func (s *denialSearch) scripts(path, raw string, name scriptpath.Name, found candidate) iter.Seq[string] {
	namer := s.e.d.namer
	return func(yield func(string) bool) {
		if found.profile != nil && found.profile.Trust() == baseline.Trusted && found.key.Path == name.Path {
			for tries, ok, prefix := 0, true, name; ok && tries < maxNamed; tries++ {
				if !yield(prefix.Path) {
					return
				}
				prefix, ok = namer.Longer(prefix)
			}
		} else {
			end := namer.Split(name.Full, 0)
			for tries := 0; end >= 0 && tries < maxNamed; tries++ {
				if !yield(namer.Name(name.Full[:end]).Path) {
					return
				}
				end = namer.Split(name.Full, end)
			}
		}
		if !namer.Ambiguous(name, path) || len(path) > scriptpath.MaxPathLen {
			return
		}
		for _, script := range namer.Interpretations(name, path, raw) {
			if !yield(script) {
				return
			}
		}
	}
}

// script looks at one script.
func (s *denialSearch) script(key baseline.Key, found candidate) (denial, bool) {
	m := s.e.m
	c := candidate{key: key, profile: m.Scripts.Lookup(key)}
	if found.key == key {
		c = found
	}
	if c.profile != nil && c.profile.Trust() == baseline.Denied {
		return denial{candidate: c}, true
	}
	for short := range scriptpath.ShortNames(key.Path) {
		p := m.Scripts.Lookup(baseline.Key{Root: key.Root, Path: short})
		if p != nil && p.Trust() == baseline.Denied && !s.e.d.namer.Executable(short) && (c.profile == nil || !c.profile.ApprovedSince(p.DecidedAt())) {
			return denial{candidate: c, rule: short}, true
		}
	}
	rules := m.Denials.PathRules()
	for i := len(rules) - 1; i >= 0; i-- {
		r := &rules[i]
		if !r.Pattern.MayMatchBelow(key.Path) || !r.Concerns(key.Root, s.e.x.Host) {
			continue
		}
		if r.Denies(key.Path, c.profile) {
			return denial{candidate: c, rule: r.Pattern.String()}, true
		}
	}
	return denial{}, false
}
