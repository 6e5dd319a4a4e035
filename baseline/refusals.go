package baseline

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// maxRefusals bounds what a containment lists. Scripts without a profile get a
	// quarter of it: whoever asks for made-up names must not hide what is missed.
	maxRefusals        = 1000
	maxUnknownRefusals = maxRefusals / 4
	maxRefusalPath     = 512 // bytes
)

// Refusal is a script or route that a containment refused, or would have.
type Refusal struct {
	Key
	Count       uint64
	First, Last time.Time
	Methods     []Method // in order
	// Known is true if the baseline had a profile of it.
	Known bool
}

// refusals are what the latest containment refused. Its lock is taken for what is
// refused only.
type refusals struct {
	mu      sync.Mutex
	keys    map[Key]*refusalRecord
	unknown int
	missed  uint64 // for which there was no room
}

// refusalRecord is a refusal as it is kept and stored.
type refusalRecord struct {
	Root    string `json:"root,omitempty"`
	Path    string `json:"path"`
	Count   uint64 `json:"count"`
	First   int64  `json:"first"` // Unix seconds
	Last    int64  `json:"last"`
	Methods uint32 `json:"methods"` // bit m for Method m
	Known   bool   `json:"known,omitempty"`
}

func (r *refusals) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys, r.unknown, r.missed = nil, 0, 0
}

// add counts a refusal and reports whether the list changed.
func (r *refusals) add(key Key, m Method, known bool, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.keys[key]
	if rec == nil {
		full := len(r.keys) >= maxRefusals || !known && r.unknown >= maxUnknownRefusals
		if full || len(key.Path) > maxRefusalPath {
			r.missed++
			return false
		}
		rec = r.put(&refusalRecord{Root: key.Root, Path: strings.Clone(key.Path), First: now.Unix(), Known: known})
	}
	rec.Count++
	rec.Last = max(rec.Last, now.Unix())
	rec.Methods |= 1 << m
	return true
}

func (r *refusals) put(rec *refusalRecord) *refusalRecord {
	if r.keys == nil {
		r.keys = make(map[Key]*refusalRecord)
	}
	r.keys[Key{Root: rec.Root, Path: rec.Path}] = rec
	if !rec.Known {
		r.unknown++
	}
	return rec
}

// list lists what was refused, most often first, and for how many requests there was
// no room.
func (r *refusals) list() (list []Refusal, missed uint64) {
	for _, rec := range r.record() {
		list = append(list, rec.refusal())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return list, r.missed
}

func (rec *refusalRecord) refusal() Refusal {
	r := Refusal{
		Key: Key{Root: rec.Root, Path: rec.Path}, Count: rec.Count, Known: rec.Known,
		First: time.Unix(rec.First, 0).UTC(), Last: time.Unix(rec.Last, 0).UTC(),
	}
	for m := range methodCount {
		if rec.Methods&(1<<m) != 0 {
			r.Methods = append(r.Methods, m)
		}
	}
	return r
}

// record returns copies, most often refused first.
func (r *refusals) record() []refusalRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]refusalRecord, 0, len(r.keys))
	for _, rec := range r.keys {
		list = append(list, *rec)
	}
	slices.SortFunc(list, func(a, b refusalRecord) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Path, b.Path), strings.Compare(a.Root, b.Root))
	})
	return list
}

// restore fills an empty list. It comes from storage: its bounds hold there too.
func (r *refusals) restore(list []refusalRecord) {
	r.reset()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rec := range list[:min(len(list), maxRefusals)] {
		r.put(&rec)
	}
}
