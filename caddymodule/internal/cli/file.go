package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// openArchive reads a baseline from a file.
func openArchive(name string) (*baseline.Site, error) {
	file, err := os.Open(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("reading the baseline: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	site, err := baseline.Import("replay", file, baseline.Author{}, time.Now())
	if err != nil {
		return nil, fmt.Errorf("reading the baseline %s: %w", name, err)
	}
	return site, nil
}

// saveArchive writes a baseline to a file, whole or not at all.
func saveArchive(site *baseline.Site, name string) error {
	return replaceFile(name, func(w io.Writer) error { return site.Export(w, time.Now()) })
}

// replaceFile writes a file that only its owner may read, in the place of the one of
// that name or of a symbolic link: all of it, safe on the disk, or nothing.
func replaceFile(name string, write func(io.Writer) error) error {
	err := writeAtomically(name, write)
	if err == nil {
		return syncDir(filepath.Dir(name))
	}
	if failed, ok := errors.AsType[*os.PathError](err); ok {
		failed.Path = name // rather than that of a temporary file
	}
	return fmt.Errorf("saving: %w", err)
}
