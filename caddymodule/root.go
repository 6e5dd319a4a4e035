package caddymodule

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/caddyserver/caddy/v2"
)

const defaultRoot = "{http.vars.root}"

// rootOption is where the document root of a request comes from.
type rootOption struct {
	disabled bool
	fixed    string // the same for every request
	template string // with placeholders; empty for the `root` directive's
}

func parseRoot(s string) (rootOption, error) {
	switch {
	case s == "" || s == defaultRoot:
		return rootOption{}, nil
	case s == off:
		return rootOption{disabled: true}, nil
	case strings.ContainsRune(s, '{'):
		return rootOption{template: s}, nil
	case !filepath.IsAbs(s):
		return rootOption{}, fmt.Errorf("root %q: want an absolute path, a placeholder or off", s)
	}
	return rootOption{fixed: filepath.Clean(s)}, nil
}

// of returns the document root that holds for the request now, or "".
func (o rootOption) of(r *http.Request, vars map[string]any) string {
	var root string
	switch {
	case o.disabled:
		return ""
	case o.fixed != "":
		return o.fixed
	case o.template != "":
		repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
		if !ok {
			return ""
		}
		root = strings.TrimRight(repl.ReplaceAll(o.template, ""), "/") // of "/{site}" with nothing to fill in
	default:
		root, _ = vars["root"].(string)
	}
	if root == "" {
		return "" // never "."
	}
	return filepath.Clean(root)
}

// rootProblem says why no script's file can be found under a document root, or "". It
// is no error of the configuration: the root may be mounted later, or be on the machine
// that is to run the configuration rather than on the one that validates it.
func rootProblem(root string) string {
	info, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("root %q does not exist: no script's file is found", root)
	case err != nil:
		return fmt.Sprintf("root %q cannot be read: no script's file is found: %v", root, err)
	case !info.IsDir():
		return fmt.Sprintf("root %q is not a directory: no script's file is found", root)
	}
	return ""
}
