package baseline

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// FileManifest is what scripts there are below a document root.
type FileManifest struct {
	// Scripts are the paths of those where programs belong, with a leading slash.
	Scripts []string
	// Listed are those in upload, cache, temporary and hidden directories, which
	// somebody should look at before he trusts them.
	Listed []string
}

// ReadFileManifest lists the scripts below the root of a file system, in the
// order of their paths. Links to directories are not followed. It goes on past
// what it cannot read, and returns that joined in the error.
func ReadFileManifest(root fs.FS, n *scriptpath.Namer) (FileManifest, error) {
	var m FileManifest
	var problems []error
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			problems = append(problems, fmt.Errorf("reading the document root: %w", err))
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		script := "/" + path
		if !n.Executable(path) || !regular(root, path, entry) {
			return nil
		}
		if scriptpath.DataDirectory(script) != "" {
			m.Listed = append(m.Listed, script)
		} else {
			m.Scripts = append(m.Scripts, script)
		}
		return nil
	})
	return m, errors.Join(append(problems, err)...)
}

// regular reports whether an entry is a regular file, or a link to one.
func regular(root fs.FS, path string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.Type().IsRegular()
	}
	info, err := fs.Stat(root, path)
	return err == nil && info.Mode().IsRegular()
}

// Adopt trusts the scripts of a manifest under a document root, which is empty
// where the guard knows none, and lists the others. It returns how many were
// trusted, how many listed, and for how many there was no room.
func (s *Site) Adopt(m FileManifest, root, reason string, now time.Time, l Limits) (trusted, listed, noRoom int) {
	for _, path := range m.Scripts {
		if s.vouch(Key{Root: root, Path: path}, Trusted, now, l) {
			trusted++
		} else {
			noRoom++
		}
	}
	for _, path := range m.Listed {
		if s.list(Key{Root: root, Path: path}, now, l) {
			listed++
		} else {
			noRoom++
		}
	}
	s.decide(Decision{Time: now, Decided: fmt.Sprintf("manifest: %d scripts trusted, %d listed, no room for %d", trusted, listed, noRoom), Reason: reason})
	return trusted, listed, noRoom
}

// list makes a profile for a script, without vouching for it.
func (s *Site) list(key Key, now time.Time, l Limits) bool {
	if s.Lookup(key) != nil {
		return true
	}
	p := s.profile(key, visitor{at: now, operator: true}, l)
	if p == nil {
		return false
	}
	if s.closed.Load() != 0 && !p.late.Swap(true) {
		s.quota.list(key)
	}
	return true
}
