package baseline

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// The mounts of a site, and those of one root, are bounded. They come from the
// server's configuration, which has few; what else looks like one comes from
// requests that fell through to an index.
const (
	maxMounts        = 64
	maxMountsPerRoot = 8
)

// A mount is a path prefix that the server strips before it looks under a
// document root, as `handle_path /app/*` with a `root` in it does. It holds
// where the root was another, or none, when the request came.
type mount struct{ from, prefix, root string }

// mounts is what is known of a site's mounts. It is learned from requests whose
// root had changed when they were answered, and lets the next such request be
// named before it is run. Reading takes no lock.
type mounts struct {
	list   atomic.Pointer[[]mount] // longest prefix first; replaced, never changed
	change sync.Mutex
}

// LearnMount notes how a request, whose script was requested under the root
// from, was resolved.
func (s *Site) LearnMount(from, requested string, effective Key) {
	prefix, stripped := strings.CutSuffix(requested, effective.Path)
	if !stripped || effective.Root == from || effective.Root == "" {
		return
	}
	if s.mounts.add(mount{from: from, prefix: prefix, root: effective.Root}) {
		s.dirty.Store(true)
	}
}

// HasMounts reports whether any mount is known.
func (s *Site) HasMounts() bool { return s.mounts.list.Load() != nil }

// Mounted lists the scripts that a path requested under the root from may reach
// according to earlier requests, those of the longest prefix first.
func (s *Site) Mounted(from, requested string) iter.Seq[Key] {
	return func(yield func(Key) bool) {
		list := s.mounts.list.Load()
		if list == nil {
			return
		}
		for _, m := range *list {
			if m.from != from {
				continue
			}
			rest, ok := strings.CutPrefix(requested, m.prefix)
			if ok && strings.HasPrefix(rest, "/") && !yield(Key{Root: m.root, Path: rest}) {
				return
			}
		}
	}
}

// covers reports whether a mount below another of the same roots is what a
// missing page that fell through to an index looks like, and says nothing new.
func (m mount) covers(other mount) bool {
	return m.from == other.from && m.root == other.root &&
		(m.prefix == other.prefix || strings.HasPrefix(other.prefix, m.prefix+"/"))
}

// add notes a mount and reports whether it was news.
func (m *mounts) add(fresh mount) bool {
	known := func(list []mount) bool {
		return slices.ContainsFunc(list, func(old mount) bool { return old.covers(fresh) })
	}
	if list := m.list.Load(); list != nil && known(*list) {
		return false
	}
	m.change.Lock()
	defer m.change.Unlock()
	var list []mount
	if old := m.list.Load(); old != nil {
		list = slices.Clone(*old)
	}
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
	if len(list) >= maxMounts || sameRoot >= maxMountsPerRoot {
		return false
	}
	list = append(list, fresh)
	slices.SortStableFunc(list, func(a, b mount) int { return len(b.prefix) - len(a.prefix) })
	m.list.Store(&list)
	return true
}
