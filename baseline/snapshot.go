package baseline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// Objects is where snapshots are kept: named byte slices, as Caddy's storage
// has them. Load and Delete of a name that is not there fail with
// [fs.ErrNotExist].
type Objects interface {
	Load(name string) ([]byte, error)
	Store(name string, object []byte) error
	Delete(name string) error
}

// ErrUnread is in the chain of errors about a snapshot that storage did not give.
var ErrUnread = errors.New("snapshot not read")

// ErrCorrupt is in the chain of errors about a snapshot that was read but makes
// no sense.
var ErrCorrupt = errors.New("corrupt snapshot")

// An outdatedError is of a snapshot in a format, the value, that only earlier versions
// read. It passes for [ErrCorrupt], so that the snapshot is set aside.
type outdatedError int

func (e outdatedError) Error() string {
	return fmt.Sprintf("snapshot format %d is of an earlier version, this one reads %d: let the site learn anew, "+
		"or import what `train` makes of its access logs; then repeat what was approved and denied", int(e), snapshotFormat)
}

// Is implements the interface of [errors.Is].
func (outdatedError) Is(target error) bool { return target == ErrCorrupt }

const (
	snapshotFormat   = 2                        // 1 had counters that could not be merged
	manifestName     = "manifest.json"          // written last: what it names is whole
	previousName     = "manifest.previous.json" // the generation before
	maxObjectSize    = 4 << 20                  // Caddy's storage takes an object as one slice
	generationLayout = "20060102T150405.000000000Z"
)

// A manifest names the parts of one generation and holds what is not a profile.
// docs/snapshots.md describes the format.
type manifest struct {
	Generation string                `json:"generation"`
	Site       string                `json:"site"`
	Secret     [2]uint64             `json:"secret"`
	Started    time.Time             `json:"started"`
	Closed     *time.Time            `json:"closed,omitempty"`
	Visits     int64                 `json:"visits"`
	Samples    int64                 `json:"samples"`
	Singletons int64                 `json:"singletons"`
	Changed    int64                 `json:"changed"`
	Drift      [2]driftDay           `json:"drift"` // today and the last whole day
	Networks   sketch.DistinctRecord `json:"networks"`
	Rates      struct {
		FreshClients    rateRecord `json:"fresh_clients"`
		UnreferredPosts rateRecord `json:"unreferred_posts"`
		MissingFiles    rateRecord `json:"missing_files"`
	} `json:"rates"`
	Mounts    []mountRecord  `json:"mounts,omitempty"`
	Absent    []absentRecord `json:"absent,omitempty"`
	Decisions []Decision     `json:"decisions,omitempty"`
	Deploy    [2]int64       `json:"deploy"`
	Suffixes  string         `json:"suffixes,omitempty"` // of scripts
	Rootless  bool           `json:"rootless,omitempty"` // profiles without a root stand for any
	// Contained and Refusals are missing in snapshots of earlier versions.
	Contained *Containment    `json:"contained,omitempty"`
	Refusals  []refusalRecord `json:"refusals,omitempty"`
	// Births are, by directory, the last day and the number of days on which scripts
	// were first seen.
	Births   map[string][2]int64 `json:"births,omitempty"`
	Profiles int                 `json:"profiles"`
	Parts    []part              `json:"parts"`
}

type mountRecord struct {
	From   string `json:"from,omitempty"`
	Prefix string `json:"prefix"`
	Root   string `json:"root"`
}

// A part is one object of profiles.
type part struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// envelope guards a manifest by a checksum, and tells its format before the
// rest is read.
type envelope struct {
	Format   int             `json:"format"`
	SHA256   string          `json:"sha256"`
	Manifest json.RawMessage `json:"manifest"`
}

// Dirty reports whether something was learned or decided since the last Save.
func (s *Site) Dirty() bool { return s.dirty.Load() }

// Save writes a new generation and keeps the one before it. Nothing that is
// stored changes until the new one is whole. It must not run twice at once;
// requests go on meanwhile.
func (s *Site) Save(o Objects, now time.Time) (err error) {
	s.dirty.Store(false) // what changes while we write is saved next time
	defer func() {
		if err != nil {
			s.dirty.Store(true)
		}
	}()
	swept := s.sweep(o, now)
	m := s.manifest(now)
	if err := s.saveParts(o, &m); err != nil {
		return errors.Join(err, deleteParts(o, &m))
	}
	object, err := m.seal()
	if err != nil {
		return err
	}
	stale, err := keepPrevious(o)
	if err != nil {
		return errors.Join(err, deleteParts(o, &m))
	}
	if err := o.Store(manifestName, object); err != nil {
		// It may have been stored all the same: its parts must stay.
		s.tidy = false
		return fmt.Errorf("storing the manifest: %w", err)
	}
	s.saved.Store(now.UnixNano())
	return errors.Join(deleteParts(o, stale), swept)
}

// seal encodes the manifest in its envelope.
func (m *manifest) seal() ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encoding the manifest: %w", err)
	}
	object, err := json.Marshal(envelope{Format: snapshotFormat, SHA256: checksum(body), Manifest: body})
	if err != nil {
		return nil, fmt.Errorf("encoding the manifest: %w", err)
	}
	return object, nil
}

// keepPrevious makes the current manifest the previous one. It returns the one
// that was the previous, whose parts no manifest names any more, or nil.
func keepPrevious(o Objects) (stale *manifest, err error) {
	object, err := o.Load(manifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the current generation: %w", err)
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

// Open returns the site's stored baseline, or an empty one that learns from now
// on, and whether it was stored. The site is always usable; an error tells why
// it is empty or older than it should be. A corrupt snapshot is set aside under
// a name of its own, and the previous generation is tried. If storage failed,
// the error is [ErrUnread], and the site must not be saved: it would take the
// place of one that may be whole.
func Open(name string, o Objects, now time.Time) (s *Site, stored bool, err error) {
	var problems []error
	for _, from := range []string{manifestName, previousName} {
		s, err := load(name, o, from)
		switch {
		case err == nil:
			return s, true, errors.Join(problems...)
		case errors.Is(err, ErrCorrupt):
			problems = append(problems, fmt.Errorf("loading %s: %w", from, err), setAside(o, from, now))
		case !errors.Is(err, fs.ErrNotExist):
			problems = append(problems, fmt.Errorf("%w: loading %s: %w", ErrUnread, from, err))
			return NewSite(name, now), false, errors.Join(problems...)
		}
	}
	return NewSite(name, now), false, errors.Join(problems...)
}

// setAside renames a manifest that cannot be used, so that nothing overwrites
// it. The parts it names stay: no other manifest names them any more.
func setAside(o Objects, from string, now time.Time) error {
	object, err := o.Load(from)
	if err != nil {
		return fmt.Errorf("setting %s aside: %w", from, err)
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

func loadManifest(o Objects, name string) (*manifest, error) {
	object, err := o.Load(name)
	if err != nil {
		return nil, err
	}
	return parseManifest(object)
}

func parseManifest(object []byte) (*manifest, error) {
	var e envelope
	if err := json.Unmarshal(object, &e); err != nil {
		return nil, fmt.Errorf("%w: manifest: %w", ErrCorrupt, err)
	}
	if 0 < e.Format && e.Format < snapshotFormat {
		return nil, outdatedError(e.Format)
	}
	if e.Format != snapshotFormat {
		return nil, fmt.Errorf("%w: format %d, this version reads %d", ErrCorrupt, e.Format, snapshotFormat)
	}
	if checksum(e.Manifest) != e.SHA256 {
		return nil, fmt.Errorf("%w: the manifest's checksum is wrong", ErrCorrupt)
	}
	m := new(manifest)
	if err := json.Unmarshal(e.Manifest, m); err != nil {
		return nil, fmt.Errorf("%w: manifest: %w", ErrCorrupt, err)
	}
	return m, nil
}

func checksum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
