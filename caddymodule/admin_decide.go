package caddymodule

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// decision is what approve, deny and forget take.
type decision struct {
	Paths  []string `json:"paths"`
	DryRun bool     `json:"dry_run"`
}

// decided is what they answer.
type decided struct {
	Site    string          `json:"site"`
	DryRun  bool            `json:"dry_run"`
	Scripts []decidedScript `json:"scripts"`
	// Unmatched are the paths and patterns that nothing matched.
	Unmatched []string `json:"unmatched"`
}

type decidedScript struct {
	Path string `json:"path"`
	Root string `json:"root,omitempty"`
	Was  string `json:"was"` // a trust, or unknown
	Now  string `json:"now"`
}

const unknownScript = "unknown"

func (c *siteCall) approve() error {
	return c.decide(baseline.Trusted.String(), func(key baseline.Key) bool {
		return c.memory.Decisions.SetTrust(key, baseline.Trusted, "approved by the admin API", c.now, c.g.shape.Limits)
	})
}

func (c *siteCall) deny() error {
	return c.decide(baseline.Denied.String(), func(key baseline.Key) bool {
		return c.memory.Decisions.SetTrust(key, baseline.Denied, "denied by the admin API", c.now, c.g.shape.Limits)
	})
}

func (c *siteCall) forget() error {
	return c.decide(unknownScript, func(key baseline.Key) bool {
		return c.memory.Decisions.Forget(key, "forgotten by the admin API", c.now)
	})
}

// decide applies a decision to every script that the request names.
func (c *siteCall) decide(now string, apply func(baseline.Key) bool) error {
	var d decision
	if err := c.decode(&d, false); err != nil {
		return err
	}
	if len(d.Paths) == 0 {
		return apiError(http.StatusBadRequest, "paths: want at least one")
	}
	patterns, err := c.patterns(d.Paths)
	if err != nil {
		return err
	}
	return c.change(func() (any, bool, error) {
		keys, unmatched := c.match(patterns, now != unknownScript)
		answer := decided{Site: c.g.state.name, DryRun: d.DryRun, Scripts: []decidedScript{}, Unmatched: unmatched}
		for _, key := range keys {
			was := unknownScript
			if p := c.memory.Scripts.Lookup(key); p != nil && p.Key() == key {
				was = p.Trust().String()
			}
			if !d.DryRun && !apply(key) {
				return nil, false, apiError(http.StatusInsufficientStorage, "no room for %s: max_scripts is reached; %d scripts before it were changed", key.Path, len(answer.Scripts))
			}
			answer.Scripts = append(answer.Scripts, decidedScript{Path: key.Path, Root: key.Root, Was: was, Now: now})
		}
		return answer, !d.DryRun && len(keys) > 0, nil
	})
}

// patterns checks the paths, and makes those canonical that are none.
func (c *siteCall) patterns(paths []string) ([]pathPattern, error) {
	namer, err := scriptpath.NewNamer(strings.Fields(c.g.shape.suffixes))
	if err != nil {
		return nil, err
	}
	list := make([]pathPattern, 0, len(paths))
	for _, path := range paths {
		p, err := newPathPattern(path, namer)
		if err != nil {
			return nil, apiError(http.StatusBadRequest, "paths: %v", err)
		}
		list = append(list, p)
	}
	return list, nil
}

// match lists the scripts that the patterns mean, once each, and the patterns that
// mean none. A path that is not known means one under each document root, if new
// ones are wanted.
func (c *siteCall) match(patterns []pathPattern, fresh bool) (keys []baseline.Key, unmatched []string) {
	byPath := make(map[string][]baseline.Key)
	for p := range c.memory.Scripts.All() {
		if !p.Route() {
			byPath[p.Key().Path] = append(byPath[p.Key().Path], p.Key())
		}
	}
	roots := slices.Compact(slices.Sorted(slices.Values(append(c.memory.Roots(), c.g.roots...))))
	if len(roots) == 0 {
		roots = []string{""}
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
				if pattern.matches(path) {
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
