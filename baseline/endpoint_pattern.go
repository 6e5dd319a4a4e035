package baseline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// EndpointPattern means one route, perhaps behind one front controller, or those routes
// that it matches. It is immutable. The zero value means none.
type EndpointPattern struct {
	text     string
	script   scriptpath.Pattern // zero for any front controller, or none
	route    scriptpath.Pattern // in lower case: many applications ignore it in their routes
	template string             // the one template that it means; empty if there may be several
}

var errOperation = errors.New("operations of an endpoint cannot be decided about: want a script or a route")

// NewEndpointPattern returns the pattern of an endpoint's name, in which the path of the
// script and the template may be patterns, as [scriptpath.ParsePattern] has them. Of a
// template the placeholders stand for themselves.
func NewEndpointPattern(name EndpointName, n *scriptpath.Namer) (EndpointPattern, error) {
	switch {
	case name.Operation != "":
		return EndpointPattern{}, errOperation
	case name.Route == "":
		return EndpointPattern{}, fmt.Errorf("%.80q: it names no route", name.Script)
	}
	if name.Script != "" {
		script, err := scriptpath.ParsePattern(name.Script, n)
		if err != nil {
			return EndpointPattern{}, err
		}
		name.Script = script.String()
	}
	p, err := compileEndpoint(name)
	if err != nil || p.template == "" {
		return p, err
	}
	canonical := n.Name(p.template)
	if canonical.Script {
		return EndpointPattern{}, fmt.Errorf("%.80q: it names the script %.80q, and no route", name.Route, canonical.Path)
	}
	if canonical.Full != p.template {
		name.Route = quoteTemplate(canonical.Full)
		return compileEndpoint(name)
	}
	return p, nil
}

// compileEndpoint compiles a name of which the script is canonical.
func compileEndpoint(name EndpointName) (p EndpointPattern, err error) {
	if name.Script != "" {
		if err := p.script.UnmarshalText([]byte(name.Script)); err != nil {
			return p, err
		}
	}
	quoted := quotePlaceholders(name.Route)
	var exact scriptpath.Pattern
	if err := exact.UnmarshalText([]byte(quoted)); err != nil {
		return p, err
	}
	p.text, p.template = name.String(), exact.Exact()
	if err := p.route.UnmarshalText([]byte(strings.ToLower(quoted))); err != nil {
		return p, err
	}
	return p, nil
}

// quotePlaceholders quotes what means others in a pattern in the segments that are placeholders.
func quotePlaceholders(template string) string {
	if !hasPlaceholder(template) {
		return template
	}
	segments := strings.Split(template, "/")
	for i, segment := range segments {
		if isPlaceholder(segment) {
			segments[i] = strings.ReplaceAll(segment, "*", `\*`)
		}
	}
	return strings.Join(segments, "/")
}

// quoteTemplate writes a template so that it means itself only.
func quoteTemplate(template string) string {
	segments := strings.Split(template, "/")
	for i, segment := range segments {
		if !isPlaceholder(segment) {
			segments[i] = scriptpath.ExactPattern(segment).String()
		}
	}
	return strings.Join(segments, "/")
}

// String returns the pattern as an endpoint's name.
func (p EndpointPattern) String() string { return p.text }

// Exact reports whether the pattern means one route only, behind one front controller if
// it names any.
func (p EndpointPattern) Exact() bool {
	return p.template != "" && (p.script.String() == "" || p.script.Exact() != "")
}

// One reports whether the pattern means one template only, behind whatever front controller.
func (p EndpointPattern) One() bool {
	return p.template != "" && !strings.HasSuffix(p.template, deeper)
}

// Name returns the name of the endpoint that an exact pattern means.
func (p EndpointPattern) Name() EndpointName {
	return EndpointName{Script: p.script.Exact(), Route: p.template}
}

// namesScript reports whether the pattern is about routes behind some front controllers only.
func (p EndpointPattern) namesScript() bool { return p.script.String() != "" }

// behind reports whether the pattern is about routes that the front controller answers; ""
// stands for none.
func (p EndpointPattern) behind(script string) bool {
	return !p.namesScript() || script != "" && p.script.Matches(script)
}

// Means reports whether the pattern means the route of a name, as it is listed.
func (p EndpointPattern) Means(name EndpointName) bool {
	return name.Route != "" && name.Operation == "" && p.behind(name.Script) && p.meansTemplate(name.Route)
}

func (p EndpointPattern) meansTemplate(template string) bool {
	if p.template == "" {
		return p.route.Matches(strings.ToLower(template))
	}
	above, all := strings.CutSuffix(p.template, deeper)
	return p.template == template || all && strings.HasPrefix(template, above)
}

// coversTemplate is covers of the template of a route that is known.
func (p EndpointPattern) coversTemplate(template string) bool {
	if p.meansTemplate(template) {
		return true
	}
	if p.template == "" {
		return p.route.Matches(strings.ToLower(strings.TrimSuffix(template, "/")))
	}
	return strings.EqualFold(trimSlashes(p.template), trimSlashes(template))
}

// covers reports whether the pattern means what is asked for, whatever the case of its
// letters, and with or without a slash at its end.
func (p EndpointPattern) covers(r *Routes, a *AskedEndpoint) bool {
	switch {
	case p.template == "":
	case len(a.Path) > scriptpath.MaxPathLen:
		return p.coversTemplate(a.Template) // whoever asks must not choose how long that takes
	default:
		return r.Covers(p.template, a.Root, a.Path)
	}
	for _, text := range a.spellings() {
		if p.route.Matches(text) || len(text) > 1 && p.route.Matches(strings.TrimSuffix(text, "/")) {
			return true
		}
	}
	return false
}

// MarshalText implements [encoding.TextMarshaler].
func (p EndpointPattern) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *EndpointPattern) UnmarshalText(text []byte) error {
	name, err := ParseEndpointName(string(text))
	if err != nil {
		return err
	}
	if name.Route == "" { // a route without a placeholder
		name.Script, name.Route = "", name.Script
	}
	if name.Operation != "" {
		return errOperation
	}
	*p, err = compileEndpoint(name)
	return err
}
