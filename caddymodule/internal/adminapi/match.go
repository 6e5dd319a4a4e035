package adminapi

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// pathPattern is a path or a pattern that an operator wrote.
type pathPattern struct {
	text    string // as it was written
	exact   string // the canonical path; empty for a pattern
	pattern scriptpath.Pattern
}

// patterns checks the paths, and makes those canonical that are none.
func (c *siteCall) patterns(paths []string) ([]pathPattern, error) {
	namer, err := scriptpath.NewNamer(c.settings.Suffixes)
	if err != nil {
		return nil, err
	}
	list := make([]pathPattern, 0, len(paths))
	for _, path := range paths {
		p, err := scriptpath.ParsePattern(path, namer)
		if err != nil {
			return nil, apiError(http.StatusBadRequest, "paths: %v", err)
		}
		list = append(list, pathPattern{text: path, exact: p.Exact(), pattern: p})
	}
	return list, nil
}

// match lists the scripts that the patterns mean, once each, and the patterns that
// mean none. A path that is not known means one under each document root, if new
// ones are wanted.
func (c *siteCall) match(patterns []pathPattern, fresh bool) (keys []baseline.Key, unmatched []string) {
	return c.matchUnder("", patterns, fresh)
}

// matchUnder is match under one document root, or any if it is empty.
func (c *siteCall) matchUnder(root string, patterns []pathPattern, fresh bool) (keys []baseline.Key, unmatched []string) {
	byPath := make(map[string][]baseline.Key)
	for p := range c.memory.Scripts.All() {
		if !p.Route() && (root == "" || p.Key().Root == root) {
			byPath[p.Key().Path] = append(byPath[p.Key().Path], p.Key())
		}
	}
	roots := slices.Compact(slices.Sorted(slices.Values(append(c.memory.Roots(), c.settings.Roots...))))
	if len(roots) == 0 || root != "" {
		roots = []string{root}
	}
	seen := make(map[baseline.Key]struct{})
	unmatched = []string{}
	for _, pattern := range patterns {
		found := byPath[pattern.text] // as it was listed, whatever characters are in it
		switch {
		case len(found) > 0:
		case pattern.exact != "":
			found = byPath[pattern.exact]
			if len(found) > 0 || !fresh {
				break
			}
			for _, root := range roots {
				found = append(found, baseline.Key{Root: root, Path: pattern.exact})
			}
		default:
			for path, some := range byPath {
				if pattern.pattern.Matches(path) {
					found = append(found, some...)
				}
			}
		}
		if len(found) == 0 {
			unmatched = append(unmatched, pattern.text)
		}
		for _, key := range found {
			if _, twice := seen[key]; !twice {
				seen[key] = struct{}{}
				keys = append(keys, key)
			}
		}
	}
	slices.SortFunc(keys, func(a, b baseline.Key) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Root, b.Root))
	})
	return keys, unmatched
}
