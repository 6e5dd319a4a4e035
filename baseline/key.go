package baseline

// Key identifies one script or route of a site.
type Key struct {
	// Root is the document root the path was resolved under, or empty where
	// none is known. Under `handle_path` two scripts can have the same path.
	Root string
	// Path is the canonical path, ending with the executable suffix.
	Path string
}
