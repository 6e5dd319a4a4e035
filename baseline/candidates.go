package baseline

import (
	"sync"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// Where no root is known, an answer that is neither success nor 404 does not show by
// itself that a script exists: a page that only redirects does, a server that redirects
// every name to its login does not. While a site learns, such scripts are candidates.
// They become scripts once several networks had such answers and missing names are
// answered otherwise.

const (
	// maxCandidates bounds the candidates of a site, and candidateShare their share of
	// max_scripts.
	maxCandidates  = 1024
	candidateShare = 16
	// networkCandidates is how many candidates one network may add: an administrator
	// uses fewer such pages, a scanner asks for more names.
	networkCandidates = maxCandidates / 16
	// candidateStatuses is how many statuses are kept of a candidate.
	candidateStatuses = 4
	// maxCandidatePath is the longest path of a candidate, in bytes.
	maxCandidatePath = 512
	// evictionTries is among how many candidates the one is sought that makes room.
	evictionTries = 8
)

// CandidateVisit is a visit to a candidate.
type CandidateVisit struct {
	Visit
	// Page is the answer, or nil if that is not known.
	Page *Page
	// Linked is true if the client came by a link of another page of the site.
	Linked bool
	// Visitor is true if the client's network reads pages of the site, and Prober if it
	// asked for several scripts that are not there.
	Visitor, Prober bool
}

// honest reports whether the visit is not of the kind that made-up names get.
func (v *CandidateVisit) honest() bool { return !v.Prober && (v.Linked || v.Visitor) }

// Candidates are the names that may be scripts, of a site that learns.
type Candidates struct {
	hash     Hasher
	scripts  *Scripts
	notFound *NotFoundPages
	period   *learningPeriod
	dirty    *dirtyMark

	mu       sync.Mutex // held for names that are not known only
	list     map[Key]*candidate
	networks map[uint64]int // candidates by the network that asked first
	missing  missingNames
	tally    *candidateTally // of all candidates, perhaps a little old
	learned  int             // visits since then
}

// candidate is a name that may be a script.
type candidate struct {
	profile *Profile // in no list, unless it was promoted
	first   uint64   // the network that asked first
	answers []candidateAnswer
	linked  sketch.Distinct // networks that came by a link
	visited bool            // by a visitor of the site
	probed  bool            // by a prober
	gone    uint64          // visits that were answered 404 or 410
}

// candidateAnswer is what a candidate answers by one status.
type candidateAnswer struct {
	status   int
	networks sketch.Distinct // but for probers
	page     *Page           // of the first such answer that is known
}

// Learn adds a visit to a candidate, and returns its profile if that makes it a script.
func (c *Candidates) Learn(key Key, v CandidateVisit, l Limits) *Profile {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.period.lasts() {
		return nil
	}
	found := c.list[key]
	if found == nil {
		if found = c.add(key, &v, l); found == nil {
			return nil
		}
	}
	c.dirty.set()
	c.learned++
	if !found.learn(&v, c.hash) || !found.answered(trustedNetworks) || !c.exists(found, trustedNetworks, c.recentTally()) {
		return nil
	}
	return c.scripts.adopt(found.profile, admission{at: v.Time, network: found.first}, l)
}

// promoted reports whether a candidate is a script by now.
func (c *Candidates) promoted(found *candidate) bool {
	return c.scripts.Lookup(found.profile.key) == found.profile
}

// LearnMissing notes the name of a script that is not known and was answered 404 or 410.
func (c *Candidates) LearnMissing(key Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.period.lasts() {
		return
	}
	if found := c.list[key]; found != nil {
		found.gone++
	}
	if c.missing.add(c.hash.Text(key.Path), c.hash.Text(key.directory())) {
		c.dirty.set()
	}
}

// take makes a script of a candidate that turned out to exist, and returns its profile,
// or nil if the name is no candidate.
func (c *Candidates) take(key Key, v *Visit, l Limits) *Profile {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.list[key]
	if found == nil {
		return nil
	}
	c.remove(found)
	return c.scripts.adopt(found.profile, admission{at: v.Time, network: v.Network}, l)
}

// settle decides about all candidates when learning ends, by all that is known by then,
// and forgets what it knew of them. It returns the profiles that are scripts.
func (c *Candidates) settle(enough int) map[*Profile]struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	tally, exist := c.count(), make(map[*Profile]struct{})
	for _, found := range c.list {
		p := found.profile
		switch {
		case p.decided(), c.exists(found, max(enough, 1), tally), found.used() && c.exists(found, 1, tally):
			exist[p] = struct{}{}
		case c.promoted(found):
			c.scripts.remove(p)
		}
	}
	// Only now: the pages of those that exist say nothing about missing names any more.
	for p := range exist {
		c.scripts.insert(p)
		c.exonerate(c.list[p.key])
	}
	c.clear()
	return exist
}

func (c *Candidates) exonerate(found *candidate) {
	for i := range found.answers {
		if page := found.answers[i].page; page != nil {
			c.notFound.exonerate(*page, found.profile.key.Path)
		}
	}
}

// reset forgets all candidates. Those that became scripts are left to the caller.
func (c *Candidates) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
}

func (c *Candidates) clear() {
	c.list, c.networks, c.missing, c.tally = nil, nil, missingNames{}, nil
	c.scripts.reserved.Store(0)
}

// add adds a candidate, if need be in the place of another that nobody else asked for.
func (c *Candidates) add(key Key, v *CandidateVisit, l Limits) *candidate {
	room := c.networks[v.Network] < networkCandidates && len(key.Path) <= maxCandidatePath && c.scripts.size()+len(c.list) < l.MaxScripts
	if !room || len(c.list) >= min(maxCandidates, l.share(candidateShare)) && !c.evict() {
		if !v.honest() {
			c.missing.addAnswered(v.Status, c.hash.Text(key.Path))
		}
		return nil
	}
	fresh := &candidate{profile: newProfile(key, v.Time), first: v.Network}
	c.put(fresh)
	return fresh
}

func (c *Candidates) put(fresh *candidate) {
	if c.list == nil {
		c.list, c.networks = make(map[Key]*candidate), make(map[uint64]int)
	}
	c.list[fresh.profile.key] = fresh
	c.networks[fresh.first]++
	c.scripts.reserved.Store(int64(len(c.list)))
}

func (c *Candidates) remove(old *candidate) {
	delete(c.list, old.profile.key)
	if c.networks[old.first]--; c.networks[old.first] <= 0 {
		delete(c.networks, old.first)
	}
	c.scripts.reserved.Store(int64(len(c.list)))
}

// evict makes room for a candidate, and reports whether there is some: of a few, that
// one goes which the fewest networks asked for, unless several did.
func (c *Candidates) evict() bool {
	var least *candidate
	tries := 0
	for _, other := range c.list { // in no order
		if least == nil || other.worth() < least.worth() {
			least = other
		}
		if tries++; tries == evictionTries {
			break
		}
	}
	if least == nil || least.profile.Networks() > 1 {
		return false
	}
	if !least.used() {
		for i := range least.answers {
			c.missing.addAnswered(least.answers[i].status, c.hash.Text(least.profile.key.Path))
		}
	}
	c.remove(least)
	return true
}

// worth orders candidates for eviction.
func (c *candidate) worth() int {
	n := 2 * c.profile.Networks()
	if c.used() {
		n++
	}
	return n
}

// learn adds a visit, and reports whether it is of a network that had not had this
// answer yet. Of probers only that they came is kept: a scanner vouches for nothing.
func (c *candidate) learn(v *CandidateVisit, h Hasher) (grown bool) {
	answer := c.answer(v.Status)
	if answer != nil && answer.page == nil && v.Page != nil {
		page := *v.Page
		answer.page = &page
	}
	if v.Prober {
		c.probed = true
		return false
	}
	if v.Linked {
		c.linked.Add(v.Network)
	}
	c.visited = c.visited || v.Visitor
	c.profile.samples.Add(h.sample(v.Network, v.Time.Unix()/secondsPerDay))
	c.profile.learn(&v.Visit, h, true)
	return answer != nil && answer.networks.Add(v.Network)
}

// answer returns what is known of an answer, or nil if the candidate has too many.
func (c *candidate) answer(status int) *candidateAnswer {
	for i := range c.answers {
		if c.answers[i].status == status {
			return &c.answers[i]
		}
	}
	if len(c.answers) == candidateStatuses {
		return nil
	}
	c.answers = append(c.answers, candidateAnswer{status: status})
	return &c.answers[len(c.answers)-1]
}

// answered reports whether enough networks had the same answer.
func (c *candidate) answered(enough int) bool {
	for i := range c.answers {
		if c.answers[i].networks.Count() >= enough {
			return true
		}
	}
	return false
}

// used reports whether the name is used as the pages of a site are: visitors come to it
// by its links or from its pages, or it redirects some and shows others a page.
func (c *candidate) used() bool {
	return c.visited || c.linked.Count() > 0 || c.profile.counts.redirectsSome()
}
