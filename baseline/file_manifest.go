package baseline

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

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

func (m *FileManifest) add(script string) {
	if scriptpath.DataDirectory(script) != "" {
		m.Listed = append(m.Listed, script)
	} else {
		m.Scripts = append(m.Scripts, script)
	}
}

// Under returns the manifest of a document root that has this one's at the prefix, a
// canonical path without a slash at its end.
func (m FileManifest) Under(prefix string) (moved FileManifest) {
	for _, script := range slices.Concat(m.Scripts, m.Listed) {
		moved.add(prefix + script)
	}
	slices.Sort(moved.Listed)
	return moved
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
		if n.Executable(path) && regular(root, path, entry) {
			m.add("/" + path)
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

// Keys returns the manifest of the scripts under a document root, which is empty where
// the guard knows none.
func (m FileManifest) Keys(root string) (keys Manifest) {
	for _, path := range m.Scripts {
		keys.Scripts = append(keys.Scripts, Key{Root: root, Path: path})
	}
	for _, path := range m.Listed {
		keys.Listed = append(keys.Listed, Key{Root: root, Path: path})
	}
	return keys
}
