package baseline

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// A ForeignError is of a [Site.Save] that found a generation which the site does not
// descend from: another process stores a site of this name in the same storage. It was
// not replaced.
type ForeignError struct {
	// Generation is when it was written, in UTC, as 20060102T150405.000000000Z.
	Generation string
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("another process stored generation %s", e.Generation)
}

// A generationID tells a generation from all others.
type generationID struct {
	Generation string `json:"generation"`       // when it was written
	Writer     string `json:"writer,omitempty"` // of the lineage; absent from earlier versions
}

// identify returns the identity of a stored manifest, in any format, and false if it makes no sense.
func identify(object []byte) (id generationID, ok bool) {
	var e envelope
	if json.Unmarshal(object, &e) != nil || checksum(e.Manifest) != e.SHA256 {
		return id, false
	}
	err := json.Unmarshal(e.Manifest, &id)
	return id, err == nil && id.Generation != ""
}

// A lineage knows the generations that a site descends from, which Save may replace.
// Only Save touches it.
type lineage struct {
	// writer marks what the site itself stores. A generation is known by it even if
	// storage reported an error and stored it all the same.
	writer    string
	ancestors []generationID // that it was loaded from
	replaces  bool           // any other: it was imported, to take the place of what is stored
}

func newLineage() lineage { return lineage{writer: rand.Text()} }

// current returns the manifest that is stored, or nil if there is none. It fails with
// a [ForeignError] if the site does not descend from it. One that makes no sense is
// nobody's.
func (l *lineage) current(o Objects) (object []byte, err error) {
	object, err = o.Load(manifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the current generation: %w", err)
	}
	id, known := identify(object)
	if known && !l.replaces && id.Writer != l.writer && !slices.Contains(l.ancestors, id) {
		return nil, &ForeignError{Generation: id.Generation}
	}
	return object, nil
}

// locker is implemented by [Objects] that processes can lock against each other, as
// Caddy's storage can.
type locker interface {
	Lock() error
	Unlock() error
}

// lock keeps other processes from storing a manifest until unlock is called.
func lock(o Objects) (unlock func() error, err error) {
	l, ok := o.(locker)
	if !ok {
		return func() error { return nil }, nil
	}
	if err := l.Lock(); err != nil {
		return nil, fmt.Errorf("locking the site's storage: %w", err)
	}
	return func() error {
		if err := l.Unlock(); err != nil {
			return fmt.Errorf("unlocking the site's storage: %w", err)
		}
		return nil
	}, nil
}
