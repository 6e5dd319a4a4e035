package baseline

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// orphanAge is how old a part must be that no manifest names to be deleted: by then
// whoever wrote it, perhaps another node, has long stored its manifest, or has died.
const orphanAge = time.Hour

// lister is implemented by [Objects] that can be listed, as Caddy's storage can.
type lister interface {
	List() (names []string, err error)
}

// sweep deletes parts that a process left behind that was killed while it saved,
// or a Save whose manifest could not be stored.
func (s *Site) sweep(o Objects, now time.Time) error {
	l, ok := o.(lister)
	if s.swept || !ok {
		return nil
	}
	names, err := l.List()
	if err != nil || slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, "corrupt.") }) {
		return nil //nolint:nilerror // tried again next time; what was set aside is kept, with its parts
	}
	named := make(map[string]bool)
	for _, from := range []string{manifestName, previousName} {
		m, err := loadManifest(o, from)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil //nolint:nilerror // whoever opens it reports it; what it names is unknown
		}
		for _, p := range m.Parts {
			named[p.Name] = true
		}
	}
	tidy := true
	var failed []error
	for _, name := range names {
		generation, _, _ := strings.Cut(name, "Z.")
		written, err := time.Parse(generationLayout, generation+"Z")
		if err != nil || named[name] {
			continue
		}
		if now.Sub(written) < orphanAge {
			tidy = false
			continue
		}
		if err := o.Delete(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, fmt.Errorf("deleting an unused part: %w", err))
		}
	}
	s.swept = tidy && failed == nil
	return errors.Join(failed...)
}
