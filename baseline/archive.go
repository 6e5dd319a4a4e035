package baseline

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

const (
	// maxArchive bounds an archive that is read, in bytes: a million scripts take
	// about 200 MB before they are compressed.
	maxArchive = 512 << 20
	// maxArchiveObjects bounds the objects in one.
	maxArchiveObjects = 4096
	// maxUnpacked bounds what they unpack to together.
	maxUnpacked = 4 << 30
	// maxArchiveIndex bounds the list of them, which archive/zip reads all at once.
	maxArchiveIndex = 1 << 20
)

// Export writes the baseline as one file: a ZIP archive of the objects that Save
// stores. Requests go on meanwhile, and what is saved is not touched.
func (s *Site) Export(w io.Writer, now time.Time) error {
	archive := zip.NewWriter(w)
	o := zipped{w: archive}
	m := s.record(now)
	if err := s.saveParts(o, &m); err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	object, err := m.seal()
	if err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	if err := errors.Join(o.Store(manifestName, object), archive.Close()); err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	return nil
}

// Import reads what Export wrote, under another name if it is to have one. The
// decision log notes it. Its first Save replaces what is stored, whoever stored it. It
// fails, with [ErrCorrupt] in the chain, for anything else.
func Import(name string, r io.Reader, by Author, now time.Time) (*Site, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxArchive+1))
	if err != nil {
		return nil, fmt.Errorf("importing: %w", err)
	}
	if len(data) > maxArchive {
		return nil, fmt.Errorf("importing: %w: more than %d MiB", ErrCorrupt, maxArchive>>20)
	}
	if err := checkArchiveEnd(data); err != nil {
		return nil, fmt.Errorf("importing: %w", err)
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("importing: %w: %w", ErrCorrupt, err)
	}
	if len(archive.File) > maxArchiveObjects {
		return nil, fmt.Errorf("importing: %w: %d objects", ErrCorrupt, len(archive.File))
	}
	unpacked := uint64(0)
	for _, f := range archive.File {
		unpacked += min(f.UncompressedSize64, maxUnpacked+1)
	}
	if unpacked > maxUnpacked {
		return nil, fmt.Errorf("importing: %w: it unpacks to more than %d MiB", ErrCorrupt, maxUnpacked>>20)
	}
	o := zipped{r: archive}
	m, err := loadManifest(o, manifestName)
	if err != nil {
		return nil, fmt.Errorf("importing: %w", corrupt(err))
	}
	s, err := restore(name, o, m)
	if err != nil {
		return nil, fmt.Errorf("importing: %w", corrupt(err))
	}
	s.saved.Store(0)
	s.lineage.replaces = true                  // an operator means it
	s.Containment.restore(containmentRecord{}) // it was of that node
	s.Activity.reset()
	s.Evidence.Expire(now)
	s.Scripts.noteRootless()
	s.log.add(Decision{Time: now, Decided: "imported", By: by, Reason: fmt.Sprintf("the baseline of site %q of %s: %d scripts trusted, %d provisional",
		m.Site, m.Generation, s.Scripts.Count(Trusted), s.Scripts.Count(Provisional))})
	return s, nil
}

// checkArchiveEnd bounds the list of objects before it is read. Export writes neither
// a comment nor a zip64 end.
func checkArchiveEnd(data []byte) error {
	const endSize = 22
	at := len(data) - endSize
	if at < 0 || !bytes.HasPrefix(data[at:], []byte("PK\x05\x06")) {
		return fmt.Errorf("%w: it is no archive, or its end is missing", ErrCorrupt)
	}
	size, offset := binary.LittleEndian.Uint32(data[at+12:]), binary.LittleEndian.Uint32(data[at+16:])
	if size > maxArchiveIndex || int64(offset) < int64(at)-maxArchiveIndex {
		return fmt.Errorf("%w: its list of objects is too long", ErrCorrupt)
	}
	return nil
}

// corrupt makes any error about an archive that was read one of its content.
func corrupt(err error) error {
	if errors.Is(err, ErrCorrupt) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// zipped are the objects in an archive that is being written, or read.
type zipped struct {
	w *zip.Writer
	r *zip.Reader
}

// Load implements [Objects]. An object is no larger than one that Save writes,
// whatever the archive says.
func (z zipped) Load(name string) ([]byte, error) {
	for _, f := range z.r.File {
		if f.Name != name {
			continue
		}
		from, err := f.Open()
		if err != nil {
			return nil, err
		}
		object, err := io.ReadAll(io.LimitReader(from, maxObjectSize+1))
		if err := errors.Join(err, from.Close()); err != nil {
			return nil, err
		}
		if len(object) > maxObjectSize {
			return nil, fmt.Errorf("%s has more than %d bytes", name, maxObjectSize)
		}
		return object, nil
	}
	return nil, fs.ErrNotExist
}

// Store implements [Objects].
func (z zipped) Store(name string, object []byte) error {
	to, err := z.w.Create(name)
	if err != nil {
		return err
	}
	_, err = to.Write(object)
	return err
}

// Delete implements [Objects]. Nothing is deleted from an archive.
func (zipped) Delete(string) error { return errors.ErrUnsupported }
