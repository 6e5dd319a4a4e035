package adminapi

import (
	"cmp"
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// matching is what patterns are to mean of a site.
type matching struct {
	root   string // only under this document root; empty for any
	fresh  bool   // what is named and not known is meant, too, under each document root
	routes bool   // patterns of paths mean routes, too
}

// match lists the scripts that the patterns mean, and the patterns that mean none.
func (c *siteCall) match(patterns []pathPattern, fresh bool) (keys []baseline.Key, unmatched []string) {
	list, unmatched := c.matchEndpoints(patterns, matching{fresh: fresh})
	for _, e := range list {
		keys = append(keys, e.Key())
	}
	return keys, unmatched
}

// matchEndpoints lists the endpoints that the patterns mean, once each, and the patterns
// that mean none.
func (c *siteCall) matchEndpoints(patterns []pathPattern, m matching) (list []baseline.EndpointKey, unmatched []string) {
	byPath := make(map[string][]baseline.EndpointKey)
	for p := range c.memory.Scripts.All() {
		if key := p.EndpointKey(); m.root == "" || key.Root == m.root {
			byPath[p.Key().Path] = append(byPath[p.Key().Path], key)
		}
	}
	roots := slices.Compact(slices.Sorted(slices.Values(append(c.memory.Roots(), c.settings.Roots...))))
	if len(roots) == 0 || m.root != "" {
		roots = []string{m.root}
	}
	seen := make(map[baseline.Key]struct{})
	unmatched = []string{}
	for _, pattern := range patterns {
		found := m.find(pattern, byPath)
		if len(found) == 0 && m.fresh {
			found = pattern.fresh(roots, byPath)
		}
		if len(found) == 0 {
			unmatched = append(unmatched, pattern.text)
		}
		for _, key := range found {
			if _, twice := seen[key.Key()]; !twice {
				seen[key.Key()] = struct{}{}
				list = append(list, key)
			}
		}
	}
	slices.SortFunc(list, func(a, b baseline.EndpointKey) int {
		return cmp.Or(strings.Compare(a.Key().Path, b.Key().Path), strings.Compare(a.Root, b.Root))
	})
	return list, unmatched
}

// find lists what a pattern means of what is known: as it was listed, whatever characters
// are in it, or else as a pattern.
func (m matching) find(p pathPattern, byPath map[string][]baseline.EndpointKey) (found []baseline.EndpointKey) {
	if p.endpoint == nil {
		for _, path := range [...]string{p.text, p.exact} {
			if found = m.only(byPath[path]); len(found) > 0 {
				return found
			}
		}
		if p.exact != "" {
			return nil
		}
	}
	if p.endpoint != nil && p.endpoint.One() {
		byPath = map[string][]baseline.EndpointKey{p.endpoint.Name().Route: byPath[p.endpoint.Name().Route]}
	}
	for _, some := range byPath {
		for _, key := range some {
			if p.endpoint != nil && p.endpoint.Means(key.EndpointName) || p.endpoint == nil && p.pattern.Matches(key.Key().Path) {
				found = append(found, key)
			}
		}
	}
	if p.endpoint == nil {
		return m.only(found)
	}
	return found
}

// only leaves routes out that are not meant.
func (m matching) only(list []baseline.EndpointKey) []baseline.EndpointKey {
	if m.routes {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(key baseline.EndpointKey) bool { return key.Route != "" })
}

// fresh lists what a name means that is not known. A route that is known behind another
// front controller is not meant.
func (p pathPattern) fresh(roots []string, byPath map[string][]baseline.EndpointKey) (list []baseline.EndpointKey) {
	name := baseline.EndpointName{Script: p.exact}
	if p.endpoint != nil && p.endpoint.Exact() {
		name = p.endpoint.Name()
	}
	if name == (baseline.EndpointName{}) {
		return nil
	}
	for _, root := range roots {
		key := baseline.EndpointKey{Root: root, EndpointName: name}
		other := slices.ContainsFunc(byPath[key.Key().Path], func(known baseline.EndpointKey) bool {
			return known.Root == root && name.Route != "" && known.Script != "" && known.Script != name.Script
		})
		if !other {
			list = append(list, key)
		}
	}
	return list
}
