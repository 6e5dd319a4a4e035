package baseline

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// Some applications answer with success whatever is asked for, and some shells
// answer 404. What shows that a script exists is that its answer differs, at
// whatever status, from what the site answers to names that are not there.

// Page is what an answer looked like, as far as answers to missing names have in
// common.
type Page struct {
	Status int
	Type   uint64 // hash of the media type
	// Body is a [Fingerprint] if the body has at least twelve words, otherwise a
	// hash of its few.
	Body  uint64
	Wordy bool
	// Sized is true if the body is not known: Body is its length then, exactly.
	Sized bool
}

// SizedPage sums up an answer of which nothing is known but status and length, as
// in an access log.
func SizedPage(status int, length int64) Page {
	return Page{Status: status, Body: uint64(length), Sized: true}
}

// Page sums up an answer by its status, media type and the first [PrefixLen]
// bytes of its body. The request's path is left out, because a page may repeat
// it.
func (s *Site) Page(status int, contentType string, body []byte, path string) Page {
	media, _, _ := strings.Cut(contentType, ";")
	page := Page{Status: status, Type: s.textHash(strings.ToLower(strings.TrimSpace(media)))}
	alike, exact, words := s.sumUp(body, path)
	if page.Wordy = words >= minWords; page.Wordy {
		page.Body = uint64(alike)
	} else {
		page.Body = exact
	}
	return page
}

// alike reports whether two answers are instances of one page.
func (p Page) alike(q Page) bool {
	if p.Status != q.Status || p.Type != q.Type || p.Wordy != q.Wordy || p.Sized != q.Sized {
		return false
	}
	if p.Wordy {
		return Fingerprint(p.Body).Alike(Fingerprint(q.Body))
	}
	return p.Body == q.Body
}

const (
	// maxAbsentPages bounds the pages kept of a site, and maxFronts those of them
	// that are a front controller's. A server has a few, each application behind it
	// another.
	maxAbsentPages = 48
	maxFronts      = 16
	// absentNames is how many unknown names must have been answered with a page
	// before it says that a name is not there: with fewer it may be one script's.
	absentNames = 3
	// absentNamesOK is the same for pages of success, which new scripts of one
	// template share. In a public log one such page answered 54 probes. Pages of
	// success with few words never say it: "ok" is what many scripts answer. Those of
	// which only the length is known do, if it is the same to the byte.
	absentNamesOK = 8
)

// absentPage is a page that unknown names were answered with.
type absentPage struct {
	page  Page
	front bool            // it answered a path that names no file
	names sketch.Distinct // distinct names
}

// says reports whether the page says that a name is not there.
func (a *absentPage) says() bool {
	switch {
	case a.page.Status/100 != 2:
		return a.names.Count() >= absentNames
	case !a.page.Wordy && !a.page.Sized:
		return false
	}
	return a.front || a.names.Count() >= absentNamesOK
}

// absentPages are a site's. Reading takes no lock.
type absentPages struct {
	list   atomic.Pointer[[]*absentPage] // replaced, never changed
	change sync.Mutex
}

func (a *absentPages) find(page Page) *absentPage {
	if list := a.list.Load(); list != nil {
		for _, known := range *list {
			if known.page.alike(page) {
				return known
			}
		}
	}
	return nil
}

// frontLike reports whether an answer is alike to a front controller's page.
func (a *absentPages) frontLike(f Fingerprint) bool {
	list := a.list.Load()
	return list != nil && slices.ContainsFunc(*list, func(p *absentPage) bool {
		return p.front && p.page.Wordy && Fingerprint(p.page.Body).Alike(f)
	})
}

// Absent reports whether the page is what the site answers to names that are
// not there. known is false as long as no such page is known at all.
func (s *Site) Absent(page Page) (absent, known bool) {
	if found := s.absent.find(page); found != nil && found.says() {
		return true, true
	}
	if list := s.absent.list.Load(); list != nil {
		// A front controller's page says what a missing page looks like, not what a
		// missing script does: the server may answer for that.
		known = slices.ContainsFunc(*list, func(a *absentPage) bool { return !a.front && a.says() })
	}
	return false, known
}

// LearnAbsent notes the answer to the name of a script that is not known.
func (s *Site) LearnAbsent(page Page, name string) {
	found := s.absent.find(page)
	if found == nil {
		found = s.absent.add(&absentPage{page: page})
	}
	if found.names.Add(s.textHash(name)) {
		s.dirty.Store(true)
	}
}

// LearnFront notes the answer to a path that names no file: a page of a front
// controller, which answers alike to the name of a missing script.
func (s *Site) LearnFront(page Page) {
	if found := s.absent.find(page); found == nil || !found.front {
		s.absent.add(&absentPage{page: page, front: true})
		s.dirty.Store(true)
	}
}

// add adds a page, in the place of the one with the fewest names if there are
// too many, and returns it, or the one that is alike. Of fronts the first stay.
func (a *absentPages) add(fresh *absentPage) *absentPage {
	a.change.Lock()
	defer a.change.Unlock()
	var list []*absentPage
	if old := a.list.Load(); old != nil {
		list = slices.Clone(*old)
	}
	for i, old := range list {
		if !old.page.alike(fresh.page) {
			continue
		}
		if fresh.front && !old.front {
			list[i] = fresh
			a.list.Store(&list)
			return fresh
		}
		return old
	}
	fronts, weakest := 0, -1
	for i, old := range list {
		if old.front {
			fronts++
		} else if weakest < 0 || old.names.Count() < list[weakest].names.Count() {
			weakest = i
		}
	}
	if fresh.front && fronts >= maxFronts {
		return fresh
	}
	if len(list)-fronts >= maxAbsentPages-maxFronts && !fresh.front {
		list = slices.Delete(list, weakest, weakest+1)
	}
	list = append(list, fresh)
	a.list.Store(&list)
	return fresh
}

// absentRecord is an absent page as it is stored.
type absentRecord struct {
	Page  Page                  `json:"page"`
	Front bool                  `json:"front,omitempty"`
	Names sketch.DistinctRecord `json:"names,omitempty"`
}

func (a *absentPages) record() (list []absentRecord) {
	if pages := a.list.Load(); pages != nil {
		for _, p := range *pages {
			list = append(list, absentRecord{Page: p.page, Front: p.front, Names: p.names.Record(nil)})
		}
	}
	return list
}

func (a *absentPages) restore(list []absentRecord) {
	var pages []*absentPage
	for _, rec := range list[:min(len(list), maxAbsentPages)] {
		p := &absentPage{page: rec.Page, front: rec.Front}
		p.names.Restore(rec.Names)
		pages = append(pages, p)
	}
	if pages != nil {
		a.list.Store(&pages)
	}
}
