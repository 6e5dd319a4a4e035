package baseline

import (
	"math"
	"sync"
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
	// maxCandidatePath is the longest path of a candidate, in bytes.
	maxCandidatePath = 512
	// evictionTries is among how many candidates the one is sought that makes room.
	evictionTries = 8
)

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
	room     int             // for profiles of the site, as last set; 0 if that is not known
}

// Learn adds a visit to a candidate, and returns its profile if that makes it a script.
func (c *Candidates) Learn(key Key, v CandidateVisit, l Limits) *Profile {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.period.lasts() {
		return nil
	}
	found := c.list[key]
	if found != nil && c.forgotten(found) {
		c.remove(found)
		found = nil
	}
	if found == nil {
		if found = c.add(key, &v, l); found == nil {
			return nil
		}
	}
	c.dirty.set()
	c.learned++
	c.room = l.MaxScripts
	if !found.learn(&v, c.hash) || found.promoted || !found.answered(trustedNetworks) || !c.exists(found, trustedNetworks, c.recentTally()) {
		return nil
	}
	p := c.scripts.adopt(found.profile, admission{at: v.Time, network: found.first}, l)
	found.promoted = p != nil
	return p
}

// forgotten reports whether an operator had the script forgotten that a candidate became.
func (c *Candidates) forgotten(found *candidate) bool {
	return found.promoted && c.scripts.Lookup(found.profile.key) != found.profile
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
		case c.forgotten(found):
		case p.decided(), c.exists(found, max(enough, 1), tally), found.used() && c.exists(found, 1, tally):
			if found.promoted || c.room == 0 || c.scripts.size()+len(exist) < c.room { // decisions may have taken it
				exist[p] = struct{}{}
			}
		case found.promoted:
			c.scripts.remove(p)
		}
	}
	// Only now: the pages of those that exist say nothing about missing names any more.
	for p := range exist {
		c.scripts.insert(p) // unless it is one
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
	if !room || len(c.list) >= min(maxCandidates, l.share(candidateShare)) && !c.evict(v.honest()) {
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

// evict makes room for a candidate, and reports whether there is some: of a few that are
// not used as pages, the one goes that the fewest networks asked for. If several did, it
// goes only for one that is used.
func (c *Candidates) evict(used bool) bool {
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
	if least == nil || least.worth() == math.MaxInt || least.worth() > 1 && !used {
		return false
	}
	for i := range least.answers {
		c.missing.addAnswered(least.answers[i].status, c.hash.Text(least.profile.key.Path))
	}
	c.remove(least)
	return true
}
