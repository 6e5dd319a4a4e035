package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// A path that names no script may run one all the same: an index, or what a server finds
// under the path with a suffix.

// short looks at the scripts that have longer names than a path that names none.
func (s *denialSearch) short(key baseline.Key) (denial, bool) {
	m := s.e.m
	own := candidate{key: key, profile: m.Scripts.Lookup(key)}
	if own.profile != nil && own.profile.Trust() == baseline.Denied {
		return denial{candidate: own}, true
	}
	filesTell := key.Root != "" && m.filesTell()
	if filesTell {
		if own.file = s.stat(key); own.file.State == FileThere {
			return denial{}, false // it is that file
		}
	}
	for p := range m.Denials.ByShortName(key.Root, key.Path) {
		c := candidate{key: baseline.Key{Root: key.Root, Path: p.Key().Path}, profile: p}
		if !s.e.d.namer.Executable(c.key.Path) || own.profile != nil && own.profile.ApprovedSince(p.DecidedAt()) {
			continue
		}
		if filesTell {
			c.file = s.stat(c.key)
		}
		if c.file.State != FileMissing {
			return denial{candidate: c}, true
		}
	}
	rules := m.Denials.PathRules()
	for i := len(rules) - 1; i >= 0; i-- {
		r := &rules[i]
		if !r.Pattern.MayMatchBelow(key.Path) || !r.Concerns(key.Root, s.e.x.Host) {
			continue
		}
		if c, ok := s.ruleOnShort(r, own, filesTell); ok {
			return denial{candidate: c, rule: r.Pattern.String()}, true
		}
	}
	return denial{}, false
}

// ruleOnShort compares a rule with a path that names no script, and with the longer
// names that it may mean. Nobody may have approved of any of them since.
func (s *denialSearch) ruleOnShort(r *baseline.DenialRule, own candidate, filesTell bool) (candidate, bool) {
	path := own.key.Path
	switch {
	case own.profile != nil && own.profile.ApprovedSince(r.Time), s.routeApproved(own, r):
		return candidate{}, false
	case r.Pattern.Exact() == path:
		return own, true
	case s.servedAsFile(path):
		return candidate{}, false
	}
	noDirectory := filesTell && own.file.State == FileMissing
	if noDirectory && strings.HasSuffix(path, "/") {
		return candidate{}, false
	}
	matched, denied := own, !filesTell && r.Pattern.Matches(path)
	var names scriptpath.Names
	in := ""
	for _, long := range s.longNames(r, path) {
		if noDirectory && len(long.dir) > len(path) {
			break
		}
		if long.dir != in {
			in, names = long.dir, r.Pattern.In(long.dir)
		}
		if !names.Matches(long.base) {
			continue
		}
		c := candidate{key: baseline.Key{Root: own.key.Root, Path: long.dir + long.base}}
		if c.profile = s.e.m.Scripts.Lookup(c.key); c.profile != nil && c.profile.ApprovedSince(r.Time) {
			return candidate{}, false
		}
		if denied {
			continue
		}
		if filesTell {
			c.file = s.stat(c.key)
		}
		if c.file.State != FileMissing {
			matched, denied = c, true
		}
	}
	return matched, denied
}

// longNames lists the scripts that a path may mean which names none, and about which a
// rule may be.
func (s *denialSearch) longNames(r *baseline.DenialRule, path string) []longName {
	if exact := r.Pattern.Exact(); exact != "" {
		dir := scriptpath.Dir(exact)
		for short := range scriptpath.ShortNames(exact) {
			if short == path && s.e.d.namer.Executable(exact) {
				return []longName{{dir, exact[len(dir):]}}
			}
		}
		return nil
	}
	if s.of != path {
		s.of, s.names = path, s.names[:0]
		for dir, base := range s.e.d.namer.LongNames(path) {
			s.names = append(s.names, longName{dir, base})
		}
	}
	return s.names
}

func (s *denialSearch) reset() {
	clear(s.names)
	*s = denialSearch{names: s.names[:0]}
}

// stat looks at a file.
func (s *denialSearch) stat(key baseline.Key) File {
	if s.looks++; s.looks > maxDenialLooks {
		return File{}
	}
	return s.e.d.options.Files.Stat(key)
}

// servedAsFile reports whether a request is one for a file, as far as its name says.
func (s *denialSearch) servedAsFile(path string) bool {
	return !s.e.x.CarriesPayload() && s.e.m.Directories.ServesAsFile(path)
}
