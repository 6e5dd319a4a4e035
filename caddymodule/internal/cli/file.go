package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
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
	site, err := baseline.Import("replay", file, time.Now())
	if err != nil {
		return nil, fmt.Errorf("reading the baseline %s: %w", name, err)
	}
	return site, nil
}

// saveArchive writes a baseline to a file, whole or not at all.
func saveArchive(site *baseline.Site, name string) (err error) {
	return writeWhole(name, func(w io.Writer) error { return site.Export(w, time.Now()) })
}

// writeWhole writes a file beside the one of the name, and puts it in its place when
// all of it is on the disk.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	part := name + ".part"
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("saving: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("saving: %w", err), os.Remove(part))
		}
	}()
	if err := errors.Join(write(file), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(part, name)
}
