package baseline

import "path"

// Key identifies one script or route of a site.
type Key struct {
	// Root is the document root the path was resolved under, or empty where
	// none is known. Under `handle_path` two scripts can have the same path.
	Root string
	// Path is the canonical path, ending with the executable suffix.
	Path string
}

// directory names the directory of the script, root included.
func (k Key) directory() string { return k.Root + path.Dir(k.Path) }
