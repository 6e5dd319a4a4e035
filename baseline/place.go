package baseline

import (
	"strings"
	"sync/atomic"

	"github.com/puzpuzpuz/xsync/v4"
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

// Place returns what is known of the directory of a canonical path, or of the
// nearest above it of which anything is known, or nil.
func (s *Site) Place(root, path string) *Place {
	for dir := parent(path); ; dir = parent(strings.TrimSuffix(dir, "/")) {
		if p, ok := s.places.dirs.Load(s.placeHash(root, s.Template(root, dir))); ok {
			return p
		}
		if dir == "/" {
			return nil
		}
	}
}

// LearnPlace notes what was served from the directory of a canonical path.
func (s *Site) LearnPlace(root, path string, dynamic bool) {
	s.learnPlace(s.placeHash(root, s.Template(root, parent(path))), dynamic)
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

// parent returns the directory that a canonical path lies in, or is.
func parent(path string) string { return path[:strings.LastIndexByte(path, '/')+1] }

// staticSuffixes are those of files that servers send as they are: media, fonts,
// style sheets, archives and documents. What could be a page or a program's data
// (.html, .xml, .json, .js, .svg, .txt) is not among them.
var staticSuffixes = map[string]struct{}{
	".jpg": {}, ".jpeg": {}, ".png": {}, ".gif": {}, ".webp": {}, ".avif": {}, ".bmp": {}, ".ico": {}, ".tif": {}, ".tiff": {},
	".css": {}, ".woff": {}, ".woff2": {}, ".ttf": {}, ".otf": {}, ".eot": {},
	".mp3": {}, ".mp4": {}, ".webm": {}, ".ogg": {}, ".wav": {}, ".avi": {}, ".mov": {}, ".flv": {},
	".pdf": {}, ".zip": {}, ".gz": {}, ".rar": {}, ".7z": {}, ".doc": {}, ".docx": {}, ".xls": {}, ".xlsx": {},
}

// StaticSuffix reports whether the last segment of a path ends as files do that
// a server sends as they are.
func StaticSuffix(path string) bool {
	dot := strings.LastIndexByte(path, '.')
	if dot < 0 || len(path)-dot > 6 {
		return false
	}
	var folded [6]byte
	n := copy(folded[:], path[dot:])
	for i, c := range folded[:n] {
		folded[i] = lower(c)
	}
	_, ok := staticSuffixes[string(folded[:n])]
	return ok
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
