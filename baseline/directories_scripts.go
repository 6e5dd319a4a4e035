package baseline

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// noteScripts finds out in which directories scripts lie that were there while the site
// was learned. What a directory serves under scripts' names is not counted as its content.
func (d *Directories) noteScripts(s *Scripts) {
	for p := range s.All() {
		if p.route || p.late.Load() || d.programs.Size() >= maxDirectories {
			continue
		}
		d.programs.Store(d.key(p.key.Root, scriptpath.Dir(p.key.Path)), struct{}{})
	}
}

// StaticPlace returns the directory in which a script lies, or the one above it, if it
// was seen to hold static files only and no script was known there when learning ended;
// otherwise nil.
func (d *Directories) StaticPlace(root, path string) *Directory {
	if d.programs.Size() >= maxDirectories {
		return nil // one that is not listed may hold scripts
	}
	dir := scriptpath.Dir(path)
	for range 2 {
		key := d.key(root, dir)
		if _, programs := d.programs.Load(key); programs {
			return nil
		}
		if found, ok := d.known.Load(key); ok {
			if found.StaticOnly() {
				return found
			}
			return nil
		}
		if dir == "/" {
			break
		}
		dir = scriptpath.Dir(strings.TrimSuffix(dir, "/"))
	}
	return nil
}
