package baseline

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// Some applications answer with success whatever is asked for (a soft 404), and some
// shells answer 404. What shows that a script exists is that its answer differs, at
// whatever status, from what the site answers to names that are not there.

const (
	// maxNotFoundPages bounds the pages kept of a site, and maxFronts those of them
	// that are a front controller's. A server has a few, each application behind it
	// another.
	maxNotFoundPages = 48
	maxFronts        = 16
	// notFoundNames is how many unknown names must have been answered with a page
	// before it says that a name is not there: with fewer it may be one script's.
	notFoundNames = 3
	// notFoundNamesOK is the same for pages of success, which new scripts of one
	// template share. In a public log one such page answered 54 probes. Pages of
	// success with few words never say it: "ok" is what many scripts answer. Those of
	// which only the length is known do, if it is the same to the byte.
	notFoundNamesOK = 8
	// scriptsWeight is how many missing names outweigh a script that answers with the
	// page too, such as a redirect without a word.
	scriptsWeight = 10
)

// notFoundPage is a page that unknown names were answered with.
type notFoundPage struct {
	page  Page
	front bool            // it answered a path that names no file
	names sketch.Distinct // distinct names
	// scripts are those of the names that turned out to be scripts when learning ended.
	scripts sketch.Distinct
}

// meansMissing reports whether the page says that a name is not there.
func (p *notFoundPage) meansMissing() bool {
	scripts := p.scripts.Count()
	missing := p.names.Count() - scripts
	switch {
	case missing < scriptsWeight*scripts:
		return false
	case p.page.Status/100 != 2:
		return missing >= notFoundNames
	case !p.page.Wordy && !p.page.Sized:
		return false
	}
	return p.front && scripts == 0 || missing >= notFoundNamesOK
}

// NotFoundPages are how a site answers to names that are not there. Reading takes no
// lock.
type NotFoundPages struct {
	hash   Hasher
	dirty  *dirtyMark
	list   atomic.Pointer[[]*notFoundPage] // replaced, never changed
	change sync.Mutex
}

// Page sums up an answer by its status, media type and the first [PrefixLen]
// bytes of its body. The request's path is left out, because a page may repeat
// it.
func (n *NotFoundPages) Page(status int, contentType string, body []byte, path string) Page {
	return newPage(n.hash, status, contentType, body, path)
}

// Means reports whether the page is what the site answers to names that are
// not there. known is false as long as no such page is known at all.
func (n *NotFoundPages) Means(page Page) (absent, known bool) {
	if found := n.find(page); found != nil && found.meansMissing() {
		return true, true
	}
	// A front controller's page says what a missing page looks like, not what a
	// missing script does: the server may answer for that.
	return false, slices.ContainsFunc(n.all(), func(p *notFoundPage) bool { return !p.front && p.meansMissing() })
}

// Learn notes the answer to the name of a script that is not known.
func (n *NotFoundPages) Learn(page Page, name string) {
	found := n.find(page)
	if found == nil {
		found = n.add(&notFoundPage{page: page})
	}
	if found.names.Add(n.hash.Text(name)) {
		n.dirty.Store(true)
	}
}

// LearnFront notes the answer to a path that names no file: a page of a front
// controller, which answers alike to the name of a missing script.
func (n *NotFoundPages) LearnFront(page Page) {
	if found := n.find(page); found == nil || !found.front {
		n.add(&notFoundPage{page: page, front: true})
		n.dirty.Store(true)
	}
}

// exonerate notes that the page is also what a script answers that exists.
func (n *NotFoundPages) exonerate(page Page, name string) {
	if found := n.find(page); found != nil {
		found.scripts.Add(n.hash.Text(name))
	}
}

func (n *NotFoundPages) all() []*notFoundPage {
	if list := n.list.Load(); list != nil {
		return *list
	}
	return nil
}

func (n *NotFoundPages) find(page Page) *notFoundPage {
	for _, known := range n.all() {
		if known.page.Alike(page) {
			return known
		}
	}
	return nil
}

// frontLike reports whether an answer is alike to a front controller's page.
func (n *NotFoundPages) frontLike(f Fingerprint) bool {
	return slices.ContainsFunc(n.all(), func(p *notFoundPage) bool { return p.front && p.scripts.Count() == 0 && p.page.wordyLike(f) })
}

// add adds a page, in the place of the one with the fewest names if there are
// too many, and returns it, or the one that is alike. Of fronts the first stay.
func (n *NotFoundPages) add(fresh *notFoundPage) *notFoundPage {
	n.change.Lock()
	defer n.change.Unlock()
	list := slices.Clone(n.all())
	for i, old := range list {
		if !old.page.Alike(fresh.page) {
			continue
		}
		if fresh.front && !old.front {
			list[i] = fresh
			n.list.Store(&list)
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
	if len(list)-fronts >= maxNotFoundPages-maxFronts && !fresh.front {
		list = slices.Delete(list, weakest, weakest+1)
	}
	list = append(list, fresh)
	n.list.Store(&list)
	return fresh
}

// notFoundRecord is a not-found page as it is stored.
type notFoundRecord struct {
	Page  Page                  `json:"page"`
	Front bool                  `json:"front,omitempty"`
	Names sketch.DistinctRecord `json:"names,omitempty"`
	// Scripts are those of the names that are scripts.
	Scripts sketch.DistinctRecord `json:"scripts,omitempty"`
}

func (n *NotFoundPages) record() (list []notFoundRecord) {
	for _, p := range n.all() {
		list = append(list, notFoundRecord{Page: p.page, Front: p.front, Names: p.names.Record(nil), Scripts: p.scripts.Record(nil)})
	}
	return list
}

func (n *NotFoundPages) restore(list []notFoundRecord) {
	var pages []*notFoundPage
	for _, rec := range list[:min(len(list), maxNotFoundPages)] {
		p := &notFoundPage{page: rec.Page, front: rec.Front}
		p.names.Restore(rec.Names)
		p.scripts.Restore(rec.Scripts)
		pages = append(pages, p)
	}
	if pages != nil {
		n.list.Store(&pages)
	}
}
