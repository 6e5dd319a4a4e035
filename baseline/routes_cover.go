package baseline

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// Covers reports whether a template stands for a canonical path. It does so by its form,
// so that it holds where other paths were learned, or none: a folded segment stands for
// all but those that vary by their form, or have a place of their own. The case of letters and a slash at
// the end do not count: applications take no notice of them.
func (r *Routes) Covers(template, root, path string) bool {
	wanted, rest := trimSlashes(template), trimSlashes(path)
	at := r.hash.Text(root)
	for wanted != "" && rest != "" {
		var want, segment string
		want, wanted, _ = strings.Cut(wanted, "/")
		segment, rest, _ = strings.Cut(rest, "/")
		if want == deeper {
			return true
		}
		name := scriptpath.Placeholder(segment)
		own := name == "" // its name is the segment, unless it is folded
		if own {
			name = r.child(at, segment, 0, false)
		}
		switch {
		case want == name, strings.EqualFold(want, segment):
		case want == folded && own && !r.keeps(at, segment):
		default:
			return false
		}
		at = r.hash.chain(at, name)
	}
	return wanted == "" && rest == "" || wanted == deeper
}

// keeps reports whether a segment has a place of its own although others are folded there.
func (r *Routes) keeps(at uint64, segment string) bool {
	node, _ := r.nodes.Load(at)
	if node == nil || !node.full.Load() {
		return false
	}
	kept := node.kept.Load()
	if kept == nil {
		return false
	}
	_, ok := (*kept)[segment]
	return ok
}

// trimSlashes takes the slash at the beginning of a path away, and one at its end.
func trimSlashes(path string) string {
	return strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
}
