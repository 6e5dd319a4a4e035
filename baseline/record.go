package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// profileRecord is a profile as it is stored: one item of a CBOR sequence
// (RFC 8742). Its fields have numbers, so that a later version may add some.
type profileRecord struct {
	Root     string                `cbor:"1,keyasint,omitempty"`
	Path     string                `cbor:"2,keyasint"`
	Trust    Trust                 `cbor:"3,keyasint,omitempty"`
	Late     bool                  `cbor:"4,keyasint,omitempty"`
	First    int64                 `cbor:"5,keyasint"`
	Last     int64                 `cbor:"6,keyasint"`
	Counts   []uint32              `cbor:"7,keyasint"`
	Sampled  int64                 `cbor:"8,keyasint"`
	Networks sketch.DistinctRecord `cbor:"9,keyasint"`
	Samples  sketch.DistinctRecord `cbor:"10,keyasint"`
	Methods  methodsRecord         `cbor:"11,keyasint"`
	Alone    bool                  `cbor:"12,keyasint,omitempty"`
	Vouched  bool                  `cbor:"13,keyasint,omitempty"`
	Shape    shapeRecord           `cbor:"14,keyasint"`
	Route    bool                  `cbor:"15,keyasint,omitempty"`
	Uses     []useRecord           `cbor:"17,keyasint,omitempty"`
	Referred []uint32              `cbor:"18,keyasint,omitempty"` // payloads from pages, and from nowhere
}

// record writes the profile to rec, in whose slices there may be room.
func (p *Profile) record(rec *profileRecord) {
	*rec = profileRecord{
		Root: p.key.Root, Path: p.key.Path, Trust: p.Trust(), Late: p.late.Load(),
		First: p.first.Load(), Last: p.last.Load(), Sampled: p.sampled.Load(),
		Networks: p.networks.Record(rec.Networks), Samples: p.samples.Record(rec.Samples),
		Counts: p.counts.record(rec.Counts), Methods: p.methods.record(), Alone: p.Alone(), Vouched: p.vouched.Load(),
		Shape: p.shape.record(&rec.Shape), Route: p.route, Referred: p.referred.record(rec.Referred), Uses: p.uses.record(rec.Uses),
	}
}

func (rec profileRecord) profile() (*Profile, error) {
	if !strings.HasPrefix(rec.Path, "/") || len(rec.Path) > MaxPathLen || rec.Trust >= trustCount || rec.Sampled < 0 {
		return nil, fmt.Errorf("%w: profile of %q", ErrCorrupt, rec.Path)
	}
	p := &Profile{key: Key{Root: rec.Root, Path: rec.Path}, route: rec.Route}
	p.late.Store(rec.Late)
	p.vouched.Store(rec.Vouched)
	p.counts.restore(rec.Counts)
	p.shape.restore(rec.Shape)
	p.referred.restore(rec.Referred)
	p.uses.restore(rec.Uses)
	p.trust.Store(uint32(rec.Trust))
	p.first.Store(rec.First)
	p.last.Store(rec.Last)
	p.sampled.Store(rec.Sampled)
	p.networks.Restore(rec.Networks)
	p.samples.Restore(rec.Samples)
	p.methods.restore(rec.Methods)
	p.alone.Store(rec.Alone)
	return p, nil
}

func (s *Site) manifest(now time.Time) manifest {
	s.coverage.drift.mu.Lock()
	defer s.coverage.drift.mu.Unlock()
	m := manifest{
		Generation: now.UTC().Format(generationLayout),
		Site:       s.name,
		Secret:     s.secret,
		Started:    s.Started(),
		Visits:     s.visits.Value(),
		Samples:    s.coverage.samples.Load(),
		Singletons: s.coverage.singletons.Load(),
		Changed:    s.coverage.changed.Load(),
		Drift:      [2]driftDay{s.coverage.drift.today, s.coverage.drift.complete},
		Networks:   s.networks.Record(nil),
		Absent:     s.absent.record(),
		Decisions:  s.Decisions(),
		Rootless:   s.rootless.Load(),
	}
	if suffixes := s.suffixes.Load(); suffixes != nil {
		m.Suffixes = *suffixes
	}
	if closed := s.Closed(); !closed.IsZero() {
		m.Closed = &closed
	}
	m.Births = s.births.record()
	m.Contained, m.Refusals = s.containment.now.Load(), s.containment.refusals.list()
	m.Deploy = [2]int64{s.deploy.from.Load(), s.deploy.until.Load()}
	m.Rates.FreshClients = s.rates.FreshClients.record()
	m.Rates.UnreferredPosts = s.rates.UnreferredPosts.record()
	m.Rates.MissingFiles = s.rates.MissingFiles.record()
	if list := s.mounts.list.Load(); list != nil {
		for _, mt := range *list {
			m.Mounts = append(m.Mounts, mountRecord{From: mt.from, Prefix: mt.prefix, Root: mt.root})
		}
	}
	return m
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
	enc := cbor.NewEncoder(&item)
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

// anyRecord is what a part may hold: a profile, or one of the others.
type anyRecord struct {
	profileRecord
	Node  *nodeRecord  `cbor:"20,keyasint,omitempty"`
	Place *placeRecord `cbor:"21,keyasint,omitempty"`
}

// records lists what goes into parts, and counts the profiles.
func (s *Site) records(m *manifest) iter.Seq[any] {
	return func(yield func(any) bool) {
		var rec profileRecord // one for all: each is encoded before the next
		for _, p := range s.profiles.AllRelaxed() {
			m.Profiles++
			if p.record(&rec); !yield(&rec) {
				return
			}
		}
		for hash, node := range s.routes.nodes.AllRelaxed() {
			if rec, ok := node.record(hash); ok && !yield(struct {
				Node nodeRecord `cbor:"20,keyasint"`
			}{rec}) {
				return
			}
		}
		for hash, place := range s.places.dirs.AllRelaxed() {
			if !yield(struct {
				Place placeRecord `cbor:"21,keyasint"`
			}{place.record(hash)}) {
				return
			}
		}
	}
}

// load reads the generation that the manifest of the given name describes.
func load(name string, o Objects, from string) (*Site, error) {
	m, err := loadManifest(o, from)
	if err != nil {
		return nil, err
	}
	if m.Site != name {
		return nil, fmt.Errorf("%w: it is of the site %q", ErrCorrupt, m.Site)
	}
	return restore(name, o, m)
}

// restore makes a site of what a manifest says and names.
func restore(name string, o Objects, m *manifest) (*Site, error) {
	s := NewSeededSite(name, m.Started, m.Secret)
	if m.Closed != nil {
		s.closed.Store(m.Closed.UnixNano())
	}
	s.visits.Add(m.Visits)
	s.coverage.samples.Store(m.Samples)
	s.coverage.singletons.Store(m.Singletons)
	s.coverage.changed.Store(m.Changed)
	s.coverage.drift.today, s.coverage.drift.complete = m.Drift[0], m.Drift[1]
	s.networks.Restore(m.Networks)
	s.rates.FreshClients.restore(m.Rates.FreshClients)
	s.rates.UnreferredPosts.restore(m.Rates.UnreferredPosts)
	s.rates.MissingFiles.restore(m.Rates.MissingFiles)
	s.absent.restore(m.Absent)
	s.births.restore(m.Births)
	s.decisions.list = m.Decisions[:min(len(m.Decisions), maxDecisions)]
	s.deploy.from.Store(m.Deploy[0])
	s.deploy.until.Store(m.Deploy[1])
	if at, err := time.Parse(generationLayout, m.Generation); err == nil {
		s.saved.Store(at.UnixNano())
	}
	s.containment.now.Store(m.Contained)
	s.containment.refusals.restore(m.Refusals)
	for _, mt := range m.Mounts {
		s.mounts.add(mount{from: mt.From, prefix: mt.Prefix, root: mt.Root})
	}
	parts := make(map[string]struct{}, len(m.Parts))
	for _, p := range m.Parts {
		if _, twice := parts[p.Name]; twice {
			return nil, fmt.Errorf("%w: part %s is named twice", ErrCorrupt, p.Name)
		}
		parts[p.Name] = struct{}{}
		if err := s.loadPart(o, p); err != nil {
			return nil, err
		}
	}
	s.countUses()
	s.rootless.Store(m.Rootless)
	if m.Suffixes != "" {
		s.suffixes.Store(&m.Suffixes)
	}
	if n := s.profiles.Size(); n != m.Profiles {
		return nil, fmt.Errorf("%w: %d profiles, the manifest says %d", ErrCorrupt, n, m.Profiles)
	}
	return s, nil
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
	dec := cbor.NewDecoder(bytes.NewReader(object))
	for {
		var rec anyRecord
		err := dec.Decode(&rec)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: part %s: %w", ErrCorrupt, p.Name, err)
		}
		if rec.Node != nil {
			s.routes.restore(rec.Node)
			continue
		}
		if rec.Place != nil {
			s.places.restore(rec.Place)
			continue
		}
		profile, err := rec.profile()
		if err != nil {
			return err
		}
		if profile.decided() && profile.key.Root == "" {
			s.decided.Store(true)
		}
		if _, existed := s.profiles.LoadOrStore(profile.key, profile); !existed {
			s.counter(profile, profile.Trust()).Add(1)
			if profile.late.Load() {
				s.quota.count(directory(profile.key), true)
			}
		}
	}
}
