package scriptpath

import (
	"fmt"
	"path"
	"strings"
)

// Pattern means one path, or those that it matches: `?` is a character, `*` any
// number, `[a-z]` one of some, none of them a slash; a segment `**` is any number of
// segments; a backslash takes a character as it is. Letters' case counts. It is
// immutable. The zero value matches nothing.
type Pattern struct {
	text     string
	exact    string // the one path; empty if there may be several
	prefix   string // of all paths that match
	segments []string
}

const special = `*?[\`

// ParsePattern returns the pattern of a text. A path without special characters is made
// canonical, and must name something.
func ParsePattern(text string, n *Namer) (Pattern, error) {
	switch {
	case !strings.HasPrefix(text, "/"):
		return Pattern{}, fmt.Errorf("%q: want a path that begins with a slash", text)
	case len(text) > MaxPathLen:
		return Pattern{}, fmt.Errorf("%.40q…: longer than %d bytes", text, MaxPathLen)
	case strings.ContainsAny(text, special):
		return compilePattern(text)
	}
	name := n.Name(text)
	if name.Path == "" || name.Path == "/" {
		return Pattern{}, fmt.Errorf("%q: it names no script", text)
	}
	return ExactPattern(name.Path), nil
}

// ExactPattern returns the pattern that means one canonical path, whatever characters
// are in it.
func ExactPattern(path string) Pattern {
	var quoted strings.Builder
	for i := range len(path) {
		if strings.IndexByte(special, path[i]) >= 0 {
			quoted.WriteByte('\\')
		}
		quoted.WriteByte(path[i])
	}
	return Pattern{text: quoted.String(), exact: path, prefix: path}
}

func compilePattern(text string) (Pattern, error) {
	p := Pattern{text: text, segments: strings.Split(text[1:], "/")}
	for _, segment := range p.segments {
		if _, err := path.Match(segment, ""); err != nil {
			return Pattern{}, fmt.Errorf("%q: %w", text, err)
		}
	}
	literal, rest := unquote(text)
	if rest == "" {
		return ExactPattern(literal), nil
	}
	p.prefix = strings.TrimRight(literal, "/") // /a/** means /a, too
	return p, nil
}

// unquote returns what precedes the first character of a pattern that means others, and
// the pattern from there on.
func unquote(text string) (literal, rest string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '*', '?', '[':
			return b.String(), text[i:]
		case '\\':
			i++ // its form was checked: something follows
		}
		b.WriteByte(text[i])
	}
	return b.String(), ""
}

// String returns the text of the pattern.
func (p Pattern) String() string { return p.text }

// Exact returns the canonical path that the pattern means, or "" if it may match several.
func (p Pattern) Exact() string { return p.exact }

// MarshalText implements [encoding.TextMarshaler].
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *Pattern) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 || text[0] != '/' || len(text) > 2*MaxPathLen {
		return fmt.Errorf("pattern %.40q: want a path", text)
	}
	*p, err = compilePattern(string(text))
	return err
}

// MayMatchBelow reports whether the pattern may match a path that begins with the one
// given, or that one. It is quick, and errs by saying yes.
func (p Pattern) MayMatchBelow(path string) bool {
	return strings.HasPrefix(path, p.prefix) || strings.HasPrefix(p.prefix, path)
}

// Matches reports whether the pattern means a canonical path.
func (p Pattern) Matches(path string) bool {
	if p.segments == nil {
		return p.exact != "" && path == p.exact
	}
	dir := Dir(path)
	return strings.HasPrefix(path, p.prefix) && p.In(dir).Matches(path[len(dir):])
}

// Names are those that a pattern matches of the names in one directory.
type Names struct {
	all  bool
	one  string // empty for none
	base string // a pattern; empty for none
}

// In returns which names the pattern matches in a canonical directory, given with its
// slash.
func (p Pattern) In(dir string) Names {
	if p.segments == nil {
		if strings.HasPrefix(p.exact, dir) && Dir(p.exact) == dir {
			return Names{one: p.exact[len(dir):]}
		}
		return Names{}
	}
	n := len(p.segments)
	dir = strings.Trim(dir, "/")
	if p.segments[n-1] != "**" {
		if matchSegments(p.segments[:n-1], dir) {
			return Names{base: p.segments[n-1]}
		}
		return Names{}
	}
	if matchSegments(p.segments, dir) {
		return Names{all: true}
	}
	if n > 1 && matchSegments(p.segments[:n-2], dir) {
		return Names{base: p.segments[n-2]} // followed by nothing
	}
	return Names{}
}

// Matches reports whether a name matches.
func (n Names) Matches(base string) bool {
	return n.all || n.one != "" && n.one == base || n.base != "" && fits(n.base, base)
}

// matchSegments matches segments, of which there may be none. It goes back to the last
// `**` only, so that no pattern takes long, and does not allocate.
func matchSegments(pattern []string, rest string) bool {
	more := rest != ""
	at, back := 0, -1
	again := "" // where to go on from if what follows the last ** does not fit
	for more {
		segment, after, followed := strings.Cut(rest, "/")
		switch {
		case at < len(pattern) && pattern[at] == "**":
			at++
			if at == len(pattern) {
				return true
			}
			back, again = at, rest
			continue
		case at < len(pattern) && fits(pattern[at], segment):
			at++
			rest, more = after, followed
			continue
		case back < 0:
			return false
		}
		_, again, more = strings.Cut(again, "/")
		at, rest = back, again
	}
	for at < len(pattern) && pattern[at] == "**" {
		at++
	}
	return at == len(pattern)
}

func fits(pattern, segment string) bool {
	ok, _ := path.Match(pattern, segment) // its form was checked
	return ok
}
