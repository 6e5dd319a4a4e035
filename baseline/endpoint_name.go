package baseline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// EndpointName names an endpoint for people, and is what they type back:
//
//	SCRIPT
//	SCRIPT · TEMPLATE
//	TEMPLATE
//
// each perhaps followed by ` · NAME=VALUE` for one operation of it. A path alone is a
// template if one of its segments is a placeholder, as in /user/{n}/edit; any other may be
// a script's or a route's.
type EndpointName struct {
	// Script is the path of a script: the endpoint itself, or the front controller of the
	// route; empty if the route alone is named.
	Script string
	// Route is the template of a route; empty if the endpoint is a script.
	Route string
	// Operation is a selector's NAME=VALUE; empty if the endpoint is not one operation of
	// several.
	Operation string
}

const (
	// EndpointSeparator stands between the parts of a name.
	EndpointSeparator = "·"

	// maxOperationLen bounds an operation, in bytes: an estimate. A selector's values are
	// words of a program, such as the name of an action.
	maxOperationLen = 1024
)

// String returns the name, which [ParseEndpointName] reads. A backslash takes the
// character after it for a part of the path: the mark, or a space before one.
func (n EndpointName) String() string {
	switch {
	case n.Route == "" && n.Operation == "":
		return quotePart(n.Script, false)
	case n.Script == "" && n.Operation == "":
		return quotePart(n.Route, false)
	}
	var parts []string
	for _, path := range [...]string{n.Script, n.Route} {
		if path != "" {
			parts = append(parts, quotePart(path, false))
		}
	}
	if n.Operation != "" {
		parts = append(parts, quotePart(n.Operation, true))
	}
	return strings.Join(parts, " "+EndpointSeparator+" ")
}

// ParseEndpointName reads the name of an endpoint. Spaces around the marks are optional.
// The paths are taken as they are written: they may be patterns.
func ParseEndpointName(text string) (n EndpointName, err error) {
	if len(text) > 4*(2*scriptpath.MaxPathLen+maxOperationLen) {
		return n, fmt.Errorf("%.40q…: too long for the name of an endpoint", text)
	}
	parts := splitEndpoint(text)
	last := len(parts) - 1
	if last > 0 && parts[last] != "" && parts[last][0] != '/' {
		operation := unquotePart(parts[last], true)
		if name, _, ok := strings.Cut(operation, "="); !ok || name == "" || len(operation) > maxOperationLen {
			return n, fmt.Errorf("%.80q: %.40q is neither a path nor NAME=VALUE", text, parts[last])
		}
		n.Operation, parts = operation, parts[:last]
	}
	for i, part := range parts {
		if parts[i] = unquotePart(part, false); parts[i] == "" {
			return n, fmt.Errorf("%.80q: there is nothing on one side of a %s", text, EndpointSeparator)
		}
		if err := checkPart(parts[i]); err != nil {
			return n, fmt.Errorf("%.80q: %w", text, err)
		}
	}
	switch {
	case len(parts) == 1 && hasPlaceholder(parts[0]):
		n.Route = parts[0]
	case len(parts) == 1:
		n.Script = parts[0]
	case len(parts) > 2:
		return EndpointName{}, fmt.Errorf("%.80q: want SCRIPT %s TEMPLATE %s NAME=VALUE, or less", text, EndpointSeparator, EndpointSeparator)
	case hasPlaceholder(parts[0]):
		return EndpointName{}, fmt.Errorf("%.80q: what precedes the first %s is a template, and no script", text, EndpointSeparator)
	default:
		n.Script, n.Route = parts[0], parts[1]
	}
	return n, nil
}

func checkPart(path string) error {
	switch {
	case path[0] != '/':
		return errors.New("want a path that begins with a slash")
	case len(path) > scriptpath.MaxPathLen:
		return fmt.Errorf("a path is longer than %d bytes", scriptpath.MaxPathLen)
	}
	return nil
}

// NamesEndpoint reports whether a text is the name of an endpoint in more than a path: it
// has a mark, or a placeholder.
func NamesEndpoint(text string) bool {
	return strings.Contains(text, EndpointSeparator) || hasPlaceholder(text)
}

// hasPlaceholder reports whether a segment of a path is a placeholder, as in a template.
func hasPlaceholder(path string) bool {
	if !strings.Contains(path, "{") {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if isPlaceholder(segment) {
			return true
		}
	}
	return false
}

func isPlaceholder(segment string) bool {
	return segment == folded || segment == deeper || scriptpath.IsPlaceholder(segment)
}

// splitEndpoint splits a name at the marks that no backslash quotes, without the spaces
// around them. It leaves the backslashes.
func splitEndpoint(text string) (parts []string) {
	start := 0
	for i := 0; i < len(text); {
		if !strings.HasPrefix(text[i:], EndpointSeparator) {
			i++
			continue
		}
		if !quoted(text, i) {
			parts = append(parts, trimSpaces(text[start:i]))
			start = i + len(EndpointSeparator)
		}
		i += len(EndpointSeparator)
	}
	return append(parts, trimSpaces(text[start:]))
}

// quoted reports whether an odd number of backslashes precedes a place in a text.
func quoted(text string, at int) bool {
	n := at
	for n > 0 && text[n-1] == '\\' {
		n--
	}
	return (at-n)%2 == 1
}

// trimSpaces takes the spaces around a part away, but for the last one if it is quoted.
func trimSpaces(part string) string {
	part = strings.TrimLeft(part, " ")
	for strings.HasSuffix(part, " ") && !quoted(part, len(part)-1) {
		part = part[:len(part)-1]
	}
	return part
}

// specialIn returns how many bytes the character at a place of a part has if it has a
// meaning there, otherwise 0: the mark, a space, and a slash with which an operation begins.
func specialIn(part string, at int, operation bool) (size int) {
	switch {
	case strings.HasPrefix(part[at:], EndpointSeparator):
		return len(EndpointSeparator)
	case strings.HasPrefix(part[at:], " "), operation && strings.Trim(part[:at], `\`) == "" && strings.HasPrefix(part[at:], "/"):
		return 1
	}
	return 0
}

// quotePart writes a part so that unquotePart reads it: backslashes before a special
// character are doubled, and the character quoted if it would be taken for one.
func quotePart(part string, operation bool) string {
	if !strings.ContainsAny(part, EndpointSeparator+" ") && !operation {
		return part // nearly always
	}
	var b strings.Builder
	for i := 0; i < len(part); {
		run := i
		for run < len(part) && part[run] == '\\' {
			run++
		}
		size := 0
		if run < len(part) {
			size = specialIn(part, run, operation)
		}
		if size == 0 {
			run = min(max(run, i+1), len(part))
			b.WriteString(part[i:run])
			i = run
			continue
		}
		b.WriteString(strings.Repeat(`\`, 2*(run-i)))
		if inner := part[run] == ' ' && run > 0 && run+1 < len(part); !inner {
			b.WriteByte('\\')
		}
		b.WriteString(part[run : run+size])
		i = run + size
	}
	return b.String()
}

// unquotePart takes the backslashes away that quotePart writes.
func unquotePart(part string, operation bool) string {
	if !strings.Contains(part, `\`) {
		return part
	}
	var b strings.Builder
	for i := 0; i < len(part); {
		run := i
		for run < len(part) && part[run] == '\\' {
			run++
		}
		if run > i && run < len(part) && specialIn(part, run, operation) > 0 {
			b.WriteString(strings.Repeat(`\`, (run-i)/2))
		} else {
			b.WriteString(part[i:run])
		}
		if i = run; i < len(part) {
			b.WriteByte(part[i])
			i++
		}
	}
	return b.String()
}
