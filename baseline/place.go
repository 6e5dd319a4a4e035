package baseline

import (
	"strings"
	"sync/atomic"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

const (
	// maxPlaces bounds the directories whose content is known.
	maxPlaces = 8192
	// placeVisits is after how many visits to static files a directory without a
	// dynamic answer is said to hold static files only: at a rate of one dynamic
	// visit in seven, twenty static ones in a row have a probability of 5 %.
	placeVisits = 20
)

// Place is what kind of content a directory serves.
type Place struct{ static, dynamic atomic.Uint32 }

// places are a site's directories, by the hash of root and template.
type places struct {
	dirs *xsync.Map[uint64, *Place]
}

// StaticOnly reports whether the directory was seen to serve static files, in a
// number that says something, and nothing else. A nil Place was not seen.
func (p *Place) StaticOnly() bool {
	return p != nil && p.dynamic.Load() == 0 && p.static.Load() >= placeVisits
}

// Visits returns how many visits the directory had to static files, and others.
func (p *Place) Visits() (static, dynamic int) {
	if p == nil {
		return 0, 0
	}
	return int(p.static.Load()), int(p.dynamic.Load())
}

// Place returns what is known of the directory of a canonical path, or of the one
// above it, or nil. What lies further above says nothing: an application's routes
// begin anywhere.
func (s *Site) Place(root, path string) *Place {
	dir := scriptpath.Dir(path)
	for range 2 {
		if p, ok := s.places.dirs.Load(s.placeHash(root, s.Template(root, dir))); ok {
			return p
		}
		if dir == "/" {
			break
		}
		dir = scriptpath.Dir(strings.TrimSuffix(dir, "/"))
	}
	return nil
}

// LearnPlace notes what was served from the directory of a canonical path.
func (s *Site) LearnPlace(root, path string, dynamic bool) {
	s.learnPlace(s.placeHash(root, s.Template(root, scriptpath.Dir(path))), dynamic)
}

func (s *Site) learnPlace(hash uint64, dynamic bool) {
	p, ok := s.places.dirs.Load(hash)
	if !ok {
		if s.places.dirs.Size() >= maxPlaces {
			return
		}
		p, _ = s.places.dirs.LoadOrStore(hash, new(Place))
	}
	count := &p.static
	if dynamic {
		count = &p.dynamic
	}
	if count.Load() < 1<<31 {
		count.Add(1)
	}
}

func (s *Site) placeHash(root, template string) uint64 {
	return s.chainHash(s.textHash(root), template)
}

// placeRecord is a place as it is stored.
type placeRecord struct {
	_               struct{} `cbor:",toarray"`
	Hash            uint64
	Static, Dynamic uint32
}

func (p *Place) record(hash uint64) placeRecord {
	return placeRecord{Hash: hash, Static: p.static.Load(), Dynamic: p.dynamic.Load()}
}

func (p *places) restore(rec *placeRecord) {
	if p.dirs.Size() >= maxPlaces {
		return
	}
	place := new(Place)
	place.static.Store(rec.Static)
	place.dynamic.Store(rec.Dynamic)
	p.dirs.Store(rec.Hash, place)
}
