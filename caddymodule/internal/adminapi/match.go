package adminapi

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// pathPattern is a path, an endpoint or a pattern that an operator wrote.
type pathPattern struct {
	text    string // as it was written
	exact   string // the canonical path; empty for a pattern, and for an endpoint
	pattern scriptpath.Pattern
	// endpoint means routes; nil for what is about paths.
	endpoint *baseline.EndpointPattern
}

// names reports whether it is the endpoint itself, not a pattern that has it among others.
func (p pathPattern) names(e baseline.EndpointName) bool {
	switch {
	case p.endpoint != nil:
		return p.endpoint.Exact() && p.endpoint.Means(e)
	case e.Route != "":
		return p.exact == e.Route || p.text == e.Route
	}
	return p.exact == e.Script || p.text == e.Script
}

// means reports whether it is the endpoint or a pattern that has it among others. The
// pattern of a path means routes by their templates.
func (p pathPattern) means(e baseline.EndpointName) bool {
	switch {
	case p.endpoint != nil:
		return p.endpoint.Means(e)
	case p.names(e):
		return true
	}
	return p.pattern.Matches(cmp.Or(e.Route, e.Script))
}

// rule returns what a standing denial of it is about.
func (p pathPattern) rule() (r baseline.DenialRule) {
	if p.endpoint != nil {
		r.Endpoint = *p.endpoint
	} else {
		r.Pattern = p.pattern
	}
	return r
}

// about reports whether a standing denial is about the same.
func (p pathPattern) about(r *baseline.DenialRule) bool {
	mine := p.rule()
	return mine.OfEndpoint() == r.OfEndpoint() && mine.String() == r.String()
}

// patterns checks the paths, and makes those canonical that are none.
func (c *siteCall) patterns(paths []string) ([]pathPattern, error) {
	namer, err := scriptpath.NewNamer(c.settings.Suffixes)
	if err != nil {
		return nil, err
	}
	list := make([]pathPattern, 0, len(paths))
	var roots []string
	for _, path := range paths {
		if path == "/" || baseline.NamesEndpoint(path) {
			roots = c.memory.Roots()
			break
		}
	}
	for _, path := range paths {
		if c.namesRoute(path, roots) && (strings.Contains(path, baseline.EndpointSeparator) || !namer.Executable(path)) {
			p, err := parseEndpoint(path, namer)
			if err != nil {
				return nil, apiError(http.StatusBadRequest, "paths: %v", err)
			}
			list = append(list, p)
			continue
		}
		p, err := scriptpath.ParsePattern(path, namer)
		if err != nil {
			return nil, apiError(http.StatusBadRequest, "paths: %v", err)
		}
		list = append(list, pathPattern{text: path, exact: p.Exact(), pattern: p})
	}
	return list, nil
}

// namesRoute reports whether a text is the name of an endpoint in more than a path. A
// script that is known by the very text is meant by it; and a site's start page only where
// it is known as a route.
func (c *siteCall) namesRoute(text string, roots []string) bool {
	if text != "/" && !baseline.NamesEndpoint(text) {
		return false
	}
	for _, root := range roots {
		if p := c.memory.Scripts.Lookup(baseline.Key{Root: root, Path: text}); p != nil {
			return p.Route()
		}
	}
	return text != "/"
}

func parseEndpoint(text string, namer *scriptpath.Namer) (pathPattern, error) {
	name, err := baseline.ParseEndpointName(text)
	if err != nil {
		return pathPattern{}, err
	}
	if name.Route == "" && name.Operation == "" {
		name.Script, name.Route = "", name.Script
	}
	endpoint, err := baseline.NewEndpointPattern(name, namer)
	if err != nil {
		return pathPattern{}, err
	}
	return pathPattern{text: text, endpoint: &endpoint}, nil
}
