package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// writeAtomically has others see the old file or all of the new one, as far as Windows
// can. renameio does not support it.
func writeAtomically(name string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name))
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), name); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// syncDir does nothing: Windows cannot sync a directory.
func syncDir(string) error { return nil }
