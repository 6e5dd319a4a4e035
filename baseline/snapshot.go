package baseline

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Save writes a new generation and keeps the one before it. Nothing that is
// stored changes until the new one is whole, and nothing at all if another process
// stored a generation meanwhile: then the error is a [ForeignError]. It must not run
// twice at once; requests go on meanwhile.
func (s *Site) Save(o Objects, now time.Time) (err error) {
	s.dirty.Store(false) // what changes while we write is saved next time
	defer func() {
		if err != nil {
			s.dirty.Store(true)
		}
	}()
	if _, err := s.lineage.current(o); err != nil {
		return err // before anything is written in vain
	}
	swept := s.sweep(o, now)
	m := s.record(now)
	m.Writer = s.lineage.writer
	if err := s.saveParts(o, &m); err != nil {
		return errors.Join(err, deleteParts(o, &m))
	}
	object, err := m.seal()
	if err != nil {
		return err
	}
	unlock, err := lock(o)
	if err != nil {
		return errors.Join(err, deleteParts(o, &m))
	}
	defer func() { err = errors.Join(err, unlock()) }()
	stale, err := s.keepPrevious(o)
	if err != nil {
		return errors.Join(err, deleteParts(o, &m))
	}
	if err := o.Store(manifestName, object); err != nil {
		// It may have been stored all the same: its parts must stay.
		s.swept = false
		return fmt.Errorf("storing the manifest: %w", err)
	}
	s.lineage.replaces = false
	s.saved.Store(now.UnixNano())
	return errors.Join(deleteParts(o, stale), swept)
}

// record is the manifest of a generation without its parts.
func (s *Site) record(now time.Time) manifest {
	s.Evidence.expire(now)
	s.Proven.Expire(now)
	m := manifest{
		generationID:      generationID{Generation: now.UTC().Format(generationLayout)},
		Site:              s.name,
		Secret:            s.Hash.secret,
		periodRecord:      s.period.record(),
		scriptsRecord:     s.Scripts.record(),
		coverageRecord:    s.Coverage.record(),
		Rates:             s.Rates.record(),
		Activity:          s.Activity.record(),
		Mappings:          s.Mappings.record(),
		OwnHost:           s.RefererHosts.Own(),
		NotFound:          s.NotFound.record(),
		Missing:           s.Candidates.recordMissing(),
		Decisions:         s.log.record(),
		Denials:           s.Denials.Rules(),
		Deploy:            s.Decisions.window.record(),
		PastDeploys:       s.Decisions.window.past.record(),
		Changes:           s.Changes.record(),
		containmentRecord: s.Containment.record(),
	}
	if suffixes := s.suffixes.Load(); suffixes != nil {
		m.Suffixes = *suffixes
	}
	return m
}

// Open returns the site's stored baseline, or an empty one that learns from now
// on, and whether it was stored. The site is always usable; an error tells why
// it is empty or older than it should be. A corrupt snapshot is set aside under
// a name of its own, and the previous generation is tried. If storage failed,
// the error is [ErrUnread], and the site must not be saved: it would take the
// place of one that may be whole.
func Open(name string, o Objects, now time.Time) (s *Site, stored bool, err error) {
	var problems []error
	var read []generationID
	for _, from := range []string{manifestName, previousName} {
		var s *Site
		object, err := o.Load(from)
		if err == nil {
			s, err = restoreStored(name, o, object)
		}
		if id, ok := identify(object); ok {
			read = append(read, id)
		}
		switch {
		case err == nil:
			s.lineage.ancestors = read
			s.Evidence.Expire(now)
			s.Proven.Expire(now)
			return s, true, errors.Join(problems...)
		case errors.Is(err, ErrCorrupt):
			problems = append(problems, fmt.Errorf("loading %s: %w", from, err), setAside(o, from, object, now))
		case !errors.Is(err, fs.ErrNotExist):
			problems = append(problems, fmt.Errorf("%w: loading %s: %w", ErrUnread, from, err))
			return NewSite(name, now), false, errors.Join(problems...)
		}
	}
	s = NewSite(name, now)
	s.lineage.ancestors = read
	return s, false, errors.Join(problems...)
}

// restoreStored reads the generation that a stored manifest describes.
func restoreStored(name string, o Objects, object []byte) (*Site, error) {
	m, err := parseManifest(object)
	if err != nil {
		return nil, err
	}
	if m.Site != name {
		return nil, fmt.Errorf("%w: it is of the site %q", ErrCorrupt, m.Site)
	}
	return restore(name, o, m)
}

// restore makes the site of what a manifest says and names.
func restore(name string, o Objects, m *manifest) (*Site, error) {
	s := NewSeededSite(name, m.Started, m.Secret)
	s.period.restore(m.periodRecord)
	s.Scripts.restore(m.scriptsRecord)
	s.Coverage.restore(m.coverageRecord)
	s.Rates.restore(m.Rates)
	s.Activity.restore(m.Activity)
	s.Mappings.restore(m.Mappings)
	s.RefererHosts.restore(m.OwnHost)
	s.NotFound.restore(m.NotFound)
	s.Candidates.restoreMissing(m.Missing)
	s.log.restore(m.Decisions)
	s.Decisions.window.restore(m.Deploy)
	s.Decisions.window.past.restore(m.PastDeploys)
	s.Changes.restore(m.Changes)
	s.Containment.restore(m.containmentRecord)
	if m.Suffixes != "" {
		s.suffixes.Store(&m.Suffixes)
	}
	if at, err := time.Parse(generationLayout, m.Generation); err == nil {
		s.saved.Store(at.UnixNano())
	}
	if err := s.loadParts(o, m); err != nil {
		return nil, err
	}
	s.Scripts.countShares()
	s.Directories.noteScripts(&s.Scripts)
	s.Denials.add(m.Denials)
	return s, nil
}
