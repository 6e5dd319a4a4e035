package baseline

import (
	"iter"
	"strings"
	"sync/atomic"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

const (
	// maxDirectories bounds the directories whose content is known.
	maxDirectories = 8192
	// directoryVisits is after how many visits to static files a directory without a
	// dynamic answer is said to hold static files only: at a rate of one dynamic
	// visit in seven, twenty static ones in a row have a probability of 5 %.
	directoryVisits = 20
)

// Directory is what kind of content a directory serves.
type Directory struct{ static, dynamic atomic.Uint32 }

// Directories are what kinds of content a site's directories serve, and paths of an
// extension. Reading takes no lock.
type Directories struct {
	hash   Hasher
	routes *Routes
	known  *xsync.Map[uint64, *Directory] // by the hash of root and template, or of an extension
	// programs are those in which scripts lay when learning ended.
	programs *xsync.Map[uint64, struct{}]
}

// StaticOnly reports whether the directory was seen to serve static files, in a
// number that says something, and nothing else. A nil Directory was not seen.
func (d *Directory) StaticOnly() bool {
	return d != nil && d.dynamic.Load() == 0 && d.static.Load() >= directoryVisits
}

// Visits returns how many visits the directory had to static files, and others.
func (d *Directory) Visits() (static, dynamic int) {
	if d == nil {
		return 0, 0
	}
	return int(d.static.Load()), int(d.dynamic.Load())
}

// Of returns what is known of the directory of a canonical path, or of the one
// above it, or nil. What lies further above says nothing: an application's routes
// begin anywhere.
func (d *Directories) Of(root, path string) *Directory {
	dir := scriptpath.Dir(path)
	for range 2 {
		if found, ok := d.known.Load(d.key(root, dir)); ok {
			return found
		}
		if dir == "/" {
			break
		}
		dir = scriptpath.Dir(strings.TrimSuffix(dir, "/"))
	}
	return nil
}

// Known reports whether something was served from this very directory while
// the site was learned.
func (d *Directories) Known(root, dir string) bool {
	_, ok := d.known.Load(d.key(root, dir))
	return ok
}

// Learn notes what was served from the directory of a canonical path.
func (d *Directories) Learn(root, path string, dynamic bool) {
	d.learn(d.key(root, scriptpath.Dir(path)), dynamic)
}

func (d *Directories) learn(key uint64, dynamic bool) {
	dir, ok := d.known.Load(key)
	if !ok {
		if d.known.Size() >= maxDirectories {
			return
		}
		dir, _ = d.known.LoadOrStore(key, new(Directory))
	}
	if dynamic {
		countUp(&dir.dynamic)
	} else {
		countUp(&dir.static)
	}
}

// key identifies a directory, or others of its template.
func (d *Directories) key(root, dir string) uint64 {
	return d.hash.chain(d.hash.Text(root), d.routes.Template(root, dir))
}

// directoryRecord is a directory as it is stored.
type directoryRecord struct {
	_               struct{} `cbor:",toarray"`
	Key             uint64
	Static, Dynamic uint32
}

func (d *Directory) record(key uint64) directoryRecord {
	return directoryRecord{Key: key, Static: d.static.Load(), Dynamic: d.dynamic.Load()}
}

func (d *Directories) records() iter.Seq[directoryRecord] {
	return func(yield func(directoryRecord) bool) {
		for key, dir := range d.known.AllRelaxed() {
			if !yield(dir.record(key)) {
				return
			}
		}
	}
}

func (d *Directories) restore(rec *directoryRecord) {
	if d.known.Size() >= maxDirectories {
		return
	}
	dir := new(Directory)
	dir.static.Store(rec.Static)
	dir.dynamic.Store(rec.Dynamic)
	d.known.Store(rec.Key, dir)
}
