package scriptpath

import (
	"iter"
	"strings"
)

// Servers run a script by shorter names than its own: without its suffix
// (`try_files {path}.php`), and an index by its directory's.

// indexNames are the names of scripts, without suffix, that servers run for a directory.
var indexNames = [...]string{"index", "default"}

// ShortNames lists the shorter names of a script, whatever its suffix: that without it,
// and for the index of a directory those of the directory, with and without a slash.
func ShortNames(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		dir := Dir(path)
		base := path[len(dir):]
		if dot := strings.LastIndexByte(base, '.'); dot > 0 {
			base = base[:dot]
			if !yield(path[:len(dir)+len(base)]) {
				return
			}
		}
		for _, index := range indexNames {
			if strings.EqualFold(base, index) {
				_ = yield(dir) && len(dir) > 1 && yield(dir[:len(dir)-1])
				return
			}
		}
	}
}

// LongNames lists the scripts that servers may run for a canonical path that names none,
// each as its directory and its name in it: the path with each executable suffix, unless
// it is a directory's, and then the indexes of the directory that it may be.
func (n *Namer) LongNames(path string) iter.Seq2[string, string] {
	return func(yield func(dir, base string) bool) {
		within := path
		if !strings.HasSuffix(path, "/") {
			dir := Dir(path)
			for _, suffix := range n.list {
				if !yield(dir, path[len(dir):]+suffix) {
					return
				}
			}
			within += "/"
		}
		for _, index := range indexNames {
			for _, suffix := range n.list {
				if !yield(within, index+suffix) {
					return
				}
			}
		}
	}
}
