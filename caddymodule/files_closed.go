package caddymodule

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// maxClosedDirectories is how many directories that the guard may not enter are named.
// Whoever mends eight finds the rest.
const maxClosedDirectories = 8

// closedDirectories are those below a document root in which the guard may not look.
type closedDirectories struct {
	mu   sync.Mutex
	list []string
}

func (c *closedDirectories) add(dir string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.list) < maxClosedDirectories && !slices.Contains(c.list, dir) {
		c.list = append(c.list, dir)
	}
}

// faults says which are closed still, and forgets the others.
func (c *closedDirectories) faults() (list []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = slices.DeleteFunc(c.list, func(dir string) bool {
		_, err := os.Lstat(filepath.Join(dir, "x"))
		return !errors.Is(err, fs.ErrPermission)
	})
	for _, dir := range c.list {
		list = append(list, fmt.Sprintf("directory %q cannot be entered: the guard cannot see whether files that are asked for in it are there, and how old they are", dir))
	}
	return list
}

// noteFiles keeps with what a handler of the site looks at files.
func (a *App) noteFiles(site string, f *files) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if g := a.sites[site]; g != nil {
		g.files = append(g.files, f)
	}
}
