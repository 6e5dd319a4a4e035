package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/fxamacker/cbor/v2"
)

// anyRecord is what a part may hold: a profile, or one of the others.
type anyRecord struct {
	profileRecord
	Node      *nodeRecord           `cbor:"20,keyasint,omitempty"`
	Directory *directoryRecord      `cbor:"21,keyasint,omitempty"`
	Candidate *candidateRecord      `cbor:"22,keyasint,omitempty"`
	Evidence  *scriptEvidenceRecord `cbor:"23,keyasint,omitempty"`
	Flagged   *flaggedRequestRecord `cbor:"24,keyasint,omitempty"`
	Proven    *provenClientRecord   `cbor:"25,keyasint,omitempty"`
}

// records lists what goes into parts, and counts the profiles.
func (s *Site) records(m *manifest) iter.Seq[any] {
	return func(yield func(any) bool) {
		var rec profileRecord // one for all: each is encoded before the next
		for p := range s.Scripts.All() {
			m.Profiles++
			if p.record(&rec); !yield(&rec) {
				return
			}
		}
		for rec := range s.Routes.records() {
			if !yield(struct {
				Node nodeRecord `cbor:"20,keyasint"`
			}{rec}) {
				return
			}
		}
		for rec := range s.Directories.records() {
			if !yield(struct {
				Directory directoryRecord `cbor:"21,keyasint"`
			}{rec}) {
				return
			}
		}
		for rec := range s.Candidates.records() {
			if !yield(struct {
				Candidate candidateRecord `cbor:"22,keyasint"`
			}{rec}) {
				return
			}
		}
		evidence, flagged := s.Evidence.records()
		for _, rec := range evidence {
			if !yield(struct {
				Evidence scriptEvidenceRecord `cbor:"23,keyasint"`
			}{rec}) {
				return
			}
		}
		for _, rec := range flagged {
			if !yield(struct {
				Flagged flaggedRequestRecord `cbor:"24,keyasint"`
			}{rec}) {
				return
			}
		}
		for _, rec := range s.Proven.records() {
			if !yield(struct {
				Proven provenClientRecord `cbor:"25,keyasint"`
			}{rec}) {
				return
			}
		}
	}
}

// restoreRecord takes back what records listed.
func (s *Site) restoreRecord(rec *anyRecord) error {
	switch {
	case rec.Node != nil:
		s.Routes.restore(rec.Node)
	case rec.Directory != nil:
		s.Directories.restore(rec.Directory)
	case rec.Candidate != nil:
		return s.Candidates.restore(rec.Candidate)
	case rec.Evidence != nil:
		return s.Evidence.restoreScript(rec.Evidence)
	case rec.Flagged != nil:
		return s.Evidence.restoreRequest(rec.Flagged)
	case rec.Proven != nil:
		return s.Proven.restore(rec.Proven)
	default:
		p, err := rec.profile()
		if err != nil {
			return err
		}
		s.Scripts.restoreProfile(p)
	}
	return nil
}

// saveParts stores the profiles and names the parts in the manifest.
func (s *Site) saveParts(o Objects, m *manifest) error {
	var object, item bytes.Buffer
	flush := func() error {
		if object.Len() == 0 {
			return nil
		}
		p := part{
			Name: fmt.Sprintf("%s.%04d.cbor", m.Generation, len(m.Parts)),
			Size: object.Len(), SHA256: checksum(object.Bytes()),
		}
		// The storage may keep the slice: give it its own.
		if err := o.Store(p.Name, bytes.Clone(object.Bytes())); err != nil {
			return fmt.Errorf("storing profiles: %w", err)
		}
		m.Parts = append(m.Parts, p)
		object.Reset()
		return nil
	}
	// What is empty has one form, whether or not there was room for it.
	mode, err := cbor.EncOptions{NilContainers: cbor.NilContainerAsEmpty}.EncMode()
	if err != nil {
		return fmt.Errorf("encoding records: %w", err)
	}
	enc := mode.NewEncoder(&item)
	for rec := range s.records(m) {
		item.Reset()
		if err := enc.Encode(rec); err != nil {
			return fmt.Errorf("encoding a record: %w", err)
		}
		if object.Len()+item.Len() > maxObjectSize {
			if err := flush(); err != nil {
				return err
			}
		}
		object.Write(item.Bytes())
	}
	return flush()
}

// loadParts reads the parts that the manifest names.
func (s *Site) loadParts(o Objects, m *manifest) error {
	read := make(map[string]struct{}, len(m.Parts))
	for _, p := range m.Parts {
		if _, twice := read[p.Name]; twice {
			return fmt.Errorf("%w: part %s is named twice", ErrCorrupt, p.Name)
		}
		read[p.Name] = struct{}{}
		if err := s.loadPart(o, p); err != nil {
			return err
		}
	}
	if n := s.Scripts.size(); n != m.Profiles {
		return fmt.Errorf("%w: %d profiles, the manifest says %d", ErrCorrupt, n, m.Profiles)
	}
	return nil
}

func (s *Site) loadPart(o Objects, p part) error {
	object, err := o.Load(p.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: part %s is missing", ErrCorrupt, p.Name)
	}
	if err != nil {
		return err
	}
	if checksum(object) != p.SHA256 {
		return fmt.Errorf("%w: the checksum of part %s is wrong", ErrCorrupt, p.Name)
	}
	// Paths are what clients send, and need not be UTF-8.
	mode, err := cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		return err
	}
	dec := mode.NewDecoder(bytes.NewReader(object))
	for {
		var rec anyRecord
		err := dec.Decode(&rec)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.restoreRecord(&rec)
		}
		if err != nil {
			return fmt.Errorf("%w: part %s: %w", ErrCorrupt, p.Name, err)
		}
	}
}
