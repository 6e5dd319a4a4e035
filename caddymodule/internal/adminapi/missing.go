package adminapi

import (
	"slices"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// MissingFile is a path that names no file under the site's document roots.
type MissingFile struct {
	Path  string   `json:"path"`
	Roots []string `json:"roots"` // under which it was looked for
}

// missing lists the paths of the keys that name no file, as far as the roots are known.
func (c *siteCall) missing(keys []baseline.Key, patterns []pathPattern) []MissingFile {
	list := []MissingFile{}
	roots := c.fileRoots()
	if len(roots) == 0 {
		return list
	}
	spelled := make(map[string]string)
	for _, p := range patterns {
		spelled[p.exact] = p.text // a file's suffix may have capitals
	}
	last := ""
	for _, key := range keys { // in the order of their paths
		if key.Path == last {
			continue
		}
		last = key.Path
		spellings := []string{key.Path}
		if text := spelled[key.Path]; text != "" && text != key.Path {
			spellings = append(spellings, text)
		}
		if under := c.memory.MissingUnder(roots, c.site, spellings...); len(under) > 0 {
			list = append(list, MissingFile{Path: key.Path, Roots: under})
		}
	}
	return list
}

// fileRoots lists the document roots under which every script of the site has its file,
// or none if that is not known: some scripts were learned without a root, and no handler
// has one of its own.
func (c *siteCall) fileRoots() []string {
	roots := append(c.memory.Roots(), c.settings.Roots...)
	rootless := slices.Contains(roots, "")
	if rootless && len(c.settings.Roots) == 0 {
		return nil
	}
	slices.Sort(roots)
	return slices.DeleteFunc(slices.Compact(roots), func(root string) bool { return root == "" })
}
