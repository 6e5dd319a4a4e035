package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// keepPrevious makes the current manifest the previous one, if the site descends from
// it. It returns the one that was the previous, whose parts no manifest names any more,
// or nil.
func (s *Site) keepPrevious(o Objects) (stale *manifest, err error) {
	object, err := s.lineage.current(o)
	if object == nil {
		return nil, err
	}
	current, err := parseManifest(object)
	if err != nil {
		return nil, nil //nolint:nilerror // the previous is better than what makes no sense
	}
	stale, _ = loadManifest(o, previousName)
	if stale != nil && stale.Generation == current.Generation {
		stale = nil // both name it: an earlier Save ended halfway
	}
	if err := o.Store(previousName, object); err != nil {
		return nil, fmt.Errorf("keeping the previous generation: %w", err)
	}
	return stale, nil
}

// deleteParts deletes the parts that a manifest names, if there is one.
func deleteParts(o Objects, m *manifest) error {
	if m == nil {
		return nil
	}
	var failed []error
	for _, p := range m.Parts {
		if err := o.Delete(p.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, fmt.Errorf("deleting an unused part: %w", err))
		}
	}
	return errors.Join(failed...)
}

// setAside renames a manifest that was read and cannot be used, so that nothing
// overwrites it. The parts it names stay: no other manifest names them any more.
func setAside(o Objects, from string, object []byte, now time.Time) error {
	stored, err := o.Load(from)
	if err != nil {
		return fmt.Errorf("setting %s aside: %w", from, err)
	}
	if !bytes.Equal(stored, object) {
		return fmt.Errorf("%s was stored anew meanwhile, and stays", from)
	}
	aside := "corrupt." + now.UTC().Format(generationLayout) + "." + from
	if err := o.Store(aside, object); err != nil {
		return fmt.Errorf("setting %s aside: %w", from, err)
	}
	if err := o.Delete(from); err != nil {
		return fmt.Errorf("setting %s aside: %w", from, err)
	}
	return fmt.Errorf("%s was kept as %s", from, aside)
}
