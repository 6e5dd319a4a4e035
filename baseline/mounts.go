package baseline

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// maxMounts bounds the mounts of a site. They come from the server's
// configuration, which has few.
const maxMounts = 64

// A mount is a path prefix that the server strips before it looks under a
// document root, as `handle_path /app/*` with a `root` in it does.
type mount struct{ prefix, root string }

// mounts is what is known of a site's mounts. It is learned from requests whose
// root was unknown when they arrived and known when they were answered, and
// lets the next such request be named before it is run. Reading takes no lock.
type mounts struct {
	list   atomic.Pointer[[]mount] // longest prefix first; replaced, never changed
	change sync.Mutex
}

// LearnMount notes how a request without a known root was resolved.
func (s *Site) LearnMount(requested string, effective Key) {
	prefix, stripped := strings.CutSuffix(requested, effective.Path)
	if !stripped || prefix == "" || effective.Root == "" {
		return
	}
	if s.mounts.add(mount{prefix: prefix, root: effective.Root}) {
		s.dirty.Store(true)
	}
}

// Mounted returns the script that a path requested without a known root will
// reach, as far as earlier requests showed.
func (s *Site) Mounted(requested string) (Key, bool) {
	list := s.mounts.list.Load()
	if list == nil {
		return Key{}, false
	}
	for _, m := range *list {
		if rest, ok := strings.CutPrefix(requested, m.prefix); ok && strings.HasPrefix(rest, "/") {
			return Key{Root: m.root, Path: rest}, true
		}
	}
	return Key{}, false
}

// add notes a mount. One below a known mount of the same root is what a missing
// page that fell through to an index looks like, and says nothing new.
func (m *mounts) add(fresh mount) bool {
	covers := func(a, b mount) bool {
		return a.root == b.root && (a.prefix == b.prefix || strings.HasPrefix(b.prefix, a.prefix+"/"))
	}
	known := func(list []mount) bool {
		return slices.ContainsFunc(list, func(old mount) bool { return covers(old, fresh) })
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
	if known(list) || len(list) >= maxMounts {
		return false
	}
	list = slices.DeleteFunc(list, func(old mount) bool { return covers(fresh, old) })
	list = append(list, fresh)
	slices.SortStableFunc(list, func(a, b mount) int { return len(b.prefix) - len(a.prefix) })
	m.list.Store(&list)
	return true
}
