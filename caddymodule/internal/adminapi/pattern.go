package adminapi

import (
	"fmt"
	"path"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// pathPattern means one path, or those of a pattern: `?` is a character, `*` any
// number, `[a-z]` one of some, none of them a slash; a segment `**` is any number
// of segments; a backslash takes a character as it is. Letters' case counts.
type pathPattern struct {
	text     string
	exact    string // canonical; empty for a pattern
	segments []string
}

func newPathPattern(text string, namer *scriptpath.Namer) (pathPattern, error) {
	switch {
	case !strings.HasPrefix(text, "/"):
		return pathPattern{}, fmt.Errorf("%q: want a path that begins with a slash", text)
	case len(text) > scriptpath.MaxPathLen:
		return pathPattern{}, fmt.Errorf("%.40q…: longer than %d bytes", text, scriptpath.MaxPathLen)
	}
	if !strings.ContainsAny(text, `*?[\`) {
		name := namer.Name(text)
		if name.Path == "" || name.Path == "/" {
			return pathPattern{}, fmt.Errorf("%q: it names no script", text)
		}
		return pathPattern{text: text, exact: name.Path}, nil
	}
	p := pathPattern{text: text, segments: strings.Split(text[1:], "/")}
	for _, segment := range p.segments {
		if _, err := path.Match(segment, ""); err != nil {
			return pathPattern{}, fmt.Errorf("%q: %w", text, err)
		}
	}
	return p, nil
}

// names reports whether it is the path itself, not a pattern that has it among others.
func (p pathPattern) names(script string) bool { return p.exact == script || p.text == script }

// means reports whether it is the path or a pattern that has it among others.
func (p pathPattern) means(script string) bool {
	return p.names(script) || p.exact == "" && p.matches(script)
}

// matches reports whether the pattern means the path. It goes back to the last
// `**` only, so that no pattern takes long.
func (p pathPattern) matches(script string) bool {
	segments := strings.Split(strings.TrimPrefix(script, "/"), "/")
	at, back, tried := 0, -1, 0
	for i := 0; i < len(segments); {
		switch {
		case at < len(p.segments) && p.segments[at] == "**":
			back, tried = at, i
			at++
			continue
		case at < len(p.segments) && fits(p.segments[at], segments[i]):
			at++
			i++
			continue
		case back < 0:
			return false
		}
		tried++
		at, i = back+1, tried
	}
	for at < len(p.segments) && p.segments[at] == "**" {
		at++
	}
	return at == len(p.segments)
}

func fits(pattern, segment string) bool {
	ok, _ := path.Match(pattern, segment) // its form was checked
	return ok
}
