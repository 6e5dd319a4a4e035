package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// MissingUnder returns the document roots under which none of the paths, which are the
// spellings of one, names a file. It returns none if one does, or if that cannot be told:
// without a root, where a root cannot be read, and on sites whose scripts answer
// although no file of theirs is there.
func (m *Memory) MissingUnder(roots []string, files Files, spellings ...string) []string {
	if !m.filesTell() {
		return nil
	}
	var missing []string
	for _, root := range roots {
		switch files.Stat(baseline.Key{Root: root, Path: "/"}).State {
		case FileUnknown:
			return nil
		case FileMissing, FileThere:
			continue // no directory: there is nothing under it
		}
		for _, path := range spellings {
			if state := files.Stat(baseline.Key{Root: root, Path: path}).State; state == FileThere || state == FileUnknown {
				return nil
			}
		}
		missing = append(missing, root)
	}
	return missing
}
