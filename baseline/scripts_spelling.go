package baseline

import (
	"strings"
	"sync/atomic"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// insensitivePairs is how many trusted scripts must be known by two spellings that differ
// in case until the server is taken to know no case. On one that does, such a script is a
// mistake, and the other spelling a 404.
const insensitivePairs = 3

// spellings is how a site spells the names of its scripts. What is learned of it while the
// site learns is by client network, so that one client's requests count once.
type spellings struct {
	upper    sketch.Distinct                     // networks that asked for scripts by upper-case suffixes
	folded   atomic.Pointer[xsync.Map[Key, Key]] // scripts by their path in lower case; nil if case matters
	suffixes atomic.Pointer[map[string]struct{}] // that scripts had when learning ended
}

// NoteUpperCase notes that a network asked for a script by an upper-case suffix.
func (s *Scripts) NoteUpperCase(network uint64) { s.spellings.upper.Add(network) }

// UpperCaseUsual reports whether upper-case suffixes are how the site spells its own: half
// of the client networks used one, or more.
func (s *Scripts) UpperCaseUsual() bool {
	upper := s.spellings.upper.Count()
	return upper > 0 && 2*upper >= s.Networks()
}

// RunsSuffix reports whether a script with the suffix of the path was known when learning
// ended.
func (s *Scripts) RunsSuffix(path string) bool {
	suffixes := s.spellings.suffixes.Load()
	if suffixes == nil {
		return false
	}
	_, ok := (*suffixes)[scriptpath.Extension(path)]
	return ok
}

// countSuffixes takes down which suffixes scripts have, when learning has ended.
func (s *Scripts) countSuffixes() {
	suffixes := make(map[string]struct{})
	for p := range s.All() {
		if !p.route && !p.late.Load() {
			suffixes[scriptpath.Extension(p.key.Path)] = struct{}{}
		}
	}
	s.spellings.suffixes.Store(&suffixes)
}

// IgnoresCase reports whether the server knows no case: one script has many spellings.
func (s *Scripts) IgnoresCase() bool { return s.spellings.folded.Load() != nil }

// IgnoreCase makes spellings that differ in case one script, from now on.
func (s *Scripts) IgnoreCase() {
	if s.IgnoresCase() || !s.spellings.folded.CompareAndSwap(nil, xsync.NewMap[Key, Key]()) {
		return
	}
	for p := range s.All() {
		s.spellings.add(p)
	}
}

// Known returns the key by which a script is known on a server that knows no case, or the
// one given if it is known by none.
func (s *Scripts) Known(key Key) Key {
	if folded := s.spellings.folded.Load(); folded != nil {
		if known, ok := folded.Load(key.folded()); ok {
			return known
		}
	}
	return key
}

// folded is the key that all spellings of a script share.
func (k Key) folded() Key { return Key{Root: k.Root, Path: strings.ToLower(k.Path)} }

func (s *spellings) add(p *Profile) {
	if folded := s.folded.Load(); folded != nil && !p.route {
		folded.LoadOrStore(p.key.folded(), p.key)
	}
}

func (s *spellings) remove(p *Profile) {
	if folded := s.folded.Load(); folded != nil {
		if known, ok := folded.Load(p.key.folded()); ok && known == p.key {
			folded.Delete(p.key.folded())
		}
	}
}

// findSpellings finds out whether the server knows no case, when learning has ended.
func (s *Scripts) findSpellings() {
	first, pairs := make(map[Key]struct{}), 0
	for p := range s.All() {
		if p.route || p.Trust() != Trusted {
			continue
		}
		if _, again := first[p.key.folded()]; again {
			pairs++
		}
		first[p.key.folded()] = struct{}{}
	}
	if pairs >= insensitivePairs {
		s.IgnoreCase()
	}
}
