package baseline

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// The mappings of a site, and those to one root, are bounded. They come from the
// server's configuration, which has few; what else looks like one comes from
// requests that fell through to an index.
const (
	maxMappings        = 64
	maxMappingsPerRoot = 8
)

// A pathMapping is a path prefix that the server strips before it looks under a
// document root, as `handle_path /app/*` with a `root` in it does. It holds
// where the root was another, or none, when the request came.
type pathMapping struct{ from, prefix, root string }

// PathMappings are a site's. They are learned from requests whose root had changed
// when they were answered, and let the next such request be named before it is run.
// Reading takes no lock.
type PathMappings struct {
	dirty  *dirtyMark
	list   atomic.Pointer[[]pathMapping] // longest prefix first; replaced, never changed
	change sync.Mutex
}

// Any reports whether any mapping is known.
func (m *PathMappings) Any() bool { return m.list.Load() != nil }

// Candidates lists the scripts that a path requested under the root from may reach
// according to earlier requests, those of the longest prefix first.
func (m *PathMappings) Candidates(from, requested string) iter.Seq[Key] {
	return func(yield func(Key) bool) {
		for _, known := range m.all() {
			if known.from != from {
				continue
			}
			rest, ok := strings.CutPrefix(requested, known.prefix)
			if ok && strings.HasPrefix(rest, "/") && !yield(Key{Root: known.root, Path: rest}) {
				return
			}
		}
	}
}

// Learn notes how a request, whose script was requested under the root from, was
// resolved.
func (m *PathMappings) Learn(from, requested string, effective Key) {
	prefix, stripped := strings.CutSuffix(requested, effective.Path)
	if !stripped || effective.Root == from || effective.Root == "" {
		return
	}
	if m.add(pathMapping{from: from, prefix: prefix, root: effective.Root}) {
		m.dirty.Store(true)
	}
}

func (m *PathMappings) all() []pathMapping {
	if list := m.list.Load(); list != nil {
		return *list
	}
	return nil
}

// covers reports whether a mapping below another of the same roots is what a
// missing page that fell through to an index looks like, and says nothing new.
func (m pathMapping) covers(other pathMapping) bool {
	return m.from == other.from && m.root == other.root &&
		(m.prefix == other.prefix || strings.HasPrefix(other.prefix, m.prefix+"/"))
}

// add notes a mapping and reports whether it was new.
func (m *PathMappings) add(fresh pathMapping) bool {
	known := func(list []pathMapping) bool {
		return slices.ContainsFunc(list, func(old pathMapping) bool { return old.covers(fresh) })
	}
	if known(m.all()) {
		return false
	}
	m.change.Lock()
	defer m.change.Unlock()
	list := slices.Clone(m.all())
	if known(list) {
		return false
	}
	list = slices.DeleteFunc(list, fresh.covers)
	sameRoot := 0
	for _, old := range list {
		if old.root == fresh.root {
			sameRoot++
		}
	}
	if len(list) >= maxMappings || sameRoot >= maxMappingsPerRoot {
		return false
	}
	list = append(list, fresh)
	slices.SortStableFunc(list, func(a, b pathMapping) int { return len(b.prefix) - len(a.prefix) })
	m.list.Store(&list)
	return true
}

// mappingRecord is a mapping as it is stored.
type mappingRecord struct {
	From   string `json:"from,omitempty"`
	Prefix string `json:"prefix"`
	Root   string `json:"root"`
}

func (m *PathMappings) record() (list []mappingRecord) {
	for _, known := range m.all() {
		list = append(list, mappingRecord{From: known.from, Prefix: known.prefix, Root: known.root})
	}
	return list
}

func (m *PathMappings) restore(list []mappingRecord) {
	for _, rec := range list {
		m.add(pathMapping{from: rec.From, prefix: rec.Prefix, root: rec.Root})
	}
}
