//go:build !windows

package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// writeAtomically has others see the old file or all of the new one.
func writeAtomically(name string, write func(io.Writer) error) (err error) {
	file, err := renameio.NewPendingFile(name, renameio.WithTempDir(filepath.Dir(name)), renameio.WithStaticPermissions(0o600))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Cleanup()) }()
	if err := write(file); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}

// syncDir has a file's new name survive a power failure.
func syncDir(name string) error {
	dir, err := os.Open(name) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("saving: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("saving: %w", err)
	}
	return nil
}
