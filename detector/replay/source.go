package replay

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Stdin is the name of the file that means the standard input.
const Stdin = "-"

// source is one log. It is read more than once.
type source struct {
	name   string // as the operator gave it
	path   string // where it can be opened
	size   int64
	spool  bool // path is ours to remove
	reader io.Reader
}

// openSources checks that the files can be read. What is no regular file, such as
// the standard input or a pipe, is copied to a temporary one first: it can be read
// only once.
func openSources(files []string, dir string, stdin io.Reader) (list []*source, err error) {
	defer func() {
		if err != nil {
			removeSpools(list)
		}
	}()
	if len(files) == 0 {
		return nil, errors.New("no log given; - means the standard input")
	}
	seen := make(map[string]bool, len(files))
	for _, name := range files {
		if seen[name] {
			return list, fmt.Errorf("%s is given twice", name)
		}
		seen[name] = true
		s := &source{name: name, path: name}
		if name == Stdin {
			s.reader = stdin
		} else {
			info, err := os.Stat(name)
			switch {
			case err != nil:
				return list, fmt.Errorf("reading the log: %w", err)
			case info.IsDir():
				return list, fmt.Errorf("reading the log: %s is a directory; name its files", name)
			}
			s.size = info.Size()
			if !info.Mode().IsRegular() {
				file, err := os.Open(name) //nolint:gosec // the operator names it
				if err != nil {
					return list, fmt.Errorf("reading the log: %w", err)
				}
				defer func() { _ = file.Close() }() // it was only read
				s.reader = file
			}
		}
		list = append(list, s)
		if s.reader != nil {
			if err := s.copyToSpool(dir); err != nil {
				return list, err
			}
		}
	}
	return list, nil
}

// copyToSpool keeps what can be read only once.
func (s *source) copyToSpool(dir string) error {
	file, err := os.CreateTemp(dir, "webshell-guard-*.log")
	if err != nil {
		return fmt.Errorf("spooling %s: %w", s.name, err)
	}
	s.path, s.spool = file.Name(), true
	s.size, err = io.Copy(file, s.reader)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("spooling %s: %w", s.name, err)
	}
	return nil
}

func removeSpools(list []*source) {
	for _, s := range list {
		if s.spool {
			_ = os.Remove(s.path) // a temporary file; nothing is lost if it stays
		}
	}
}
