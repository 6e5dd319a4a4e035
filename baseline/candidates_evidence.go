package baseline

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

const (
	// missingNeeded is how many missing names must be known before it is known how the
	// site answers them: as many as teach a page that means so. One is enough for what
	// is used as a page of the site.
	missingNeeded = notFoundNames
	// probedWeight is how many missing names, answered as missing ones are, it takes to
	// outweigh one that a prober asked for and that had the candidate's answer: such
	// names are made up, as a rule.
	probedWeight = 10
	// tallyShare is after which share of the candidates' number, in visits, they are
	// counted again.
	tallyShare = 16
)

// missingNames is how the site answers names that are not there, as far as no candidate
// says it.
type missingNames struct {
	gone     sketch.Distinct             // names of scripts that were answered 404 or 410
	dirs     map[uint64]*sketch.Distinct // those by directory
	answered map[int]*sketch.Distinct    // by status, names for which there was no room
}

const (
	maxMissingDirs     = 256
	maxMissingStatuses = 64
)

// add notes a name that was answered 404 or 410, and reports whether it is new.
func (m *missingNames) add(name, dir uint64) bool {
	if in := distinctOf(&m.dirs, dir, maxMissingDirs); in != nil {
		in.Add(name)
	}
	return m.gone.Add(name)
}

// addAnswered notes a name, likely made up, that was answered otherwise.
func (m *missingNames) addAnswered(status int, name uint64) {
	if in := distinctOf(&m.answered, status, maxMissingStatuses); in != nil {
		in.Add(name)
	}
}

// distinctOf returns the counter of a key, and makes it if there is room, or nil.
func distinctOf[K comparable](counters *map[K]*sketch.Distinct, key K, room int) *sketch.Distinct {
	found := (*counters)[key]
	if found == nil && len(*counters) < room {
		if *counters == nil {
			*counters = make(map[K]*sketch.Distinct)
		}
		found = new(sketch.Distinct)
		(*counters)[key] = found
	}
	return found
}

// candidateTally counts candidates that may be made-up names: those that nobody uses as
// a page.
type candidateTally struct {
	plain, probed map[int]int       // by status, asked for by no prober, and by one
	probedIn      map[statusDir]int // by directory too
}

type statusDir struct {
	status int
	dir    string
}

// recentTally returns a tally that is not much older than the candidates.
func (c *Candidates) recentTally() *candidateTally {
	if c.tally == nil || c.learned*tallyShare >= len(c.list) {
		c.tally, c.learned = c.count(), 0
	}
	return c.tally
}

// count counts the candidates.
func (c *Candidates) count() *candidateTally {
	t := &candidateTally{plain: make(map[int]int), probed: make(map[int]int), probedIn: make(map[statusDir]int)}
	for _, found := range c.list {
		if found.used() {
			continue
		}
		for i := range found.answers {
			switch status := found.answers[i].status; {
			case found.probed:
				t.probed[status]++
				t.probedIn[statusDir{status, found.profile.key.directory()}]++
			default:
				t.plain[status]++
			}
		}
	}
	return t
}

// exists reports whether enough networks had an answer from a candidate that missing
// names do not get.
func (c *Candidates) exists(found *candidate, enough int, t *candidateTally) bool {
	if visits, _ := found.profile.MethodCounts(); found.gone >= visits {
		return false
	}
	for i := range found.answers {
		if answer := &found.answers[i]; answer.networks.Count() >= enough && c.unlikeMissing(found, answer, t) {
			return true
		}
	}
	return false
}

// unlikeMissing reports whether missing names are answered otherwise: by other pages, by
// other statuses, or, where no name is known to be missing, as far as the visitors can
// tell who follow the site's links.
func (c *Candidates) unlikeMissing(found *candidate, answer *candidateAnswer, t *candidateTally) bool {
	if !found.used() && answer.givenToMadeUpNames() {
		return false
	}
	if answer.page != nil {
		if missing, known := c.notFound.Means(*answer.page); known && !missing {
			return true
		}
	}
	plain, probed, probedIn := t.others(found, answer.status)
	if in := c.missing.answered[answer.status]; in != nil {
		probed += in.Count()
	}
	missing := c.missing.gone.Count()
	if answer.status/100 != 2 {
		// An unknown name that was answered with success is a candidate only if the page
		// says that it is missing.
		missing += t.plain[200] + t.probed[200]
	}
	needed := missingNeeded
	if found.used() {
		needed = 1
	}
	if missing < needed {
		return found.linked.Count() >= trustedNetworks && plain+probed < notFoundNames
	}
	if plain+probedWeight*probed > missing {
		return false
	}
	gone := 0
	if in := c.missing.dirs[c.hash.Text(found.profile.key.directory())]; in != nil {
		gone = in.Count()
	}
	return probedIn < notFoundNames || probedIn <= gone
}

// givenToMadeUpNames reports whether an answer says little by itself: it is a page that
// missing names get, or a refusal, which access control gives before anything runs.
func (a *candidateAnswer) givenToMadeUpNames() bool {
	switch a.status {
	case 401, 403, 429, 503:
		return true
	}
	return a.status/100 == 2
}

// others returns how many other candidates have an answer that may be that to made-up
// names.
func (t *candidateTally) others(found *candidate, status int) (plain, probed, probedIn int) {
	plain, probed, probedIn = t.plain[status], t.probed[status], t.probedIn[statusDir{status, found.profile.key.directory()}]
	switch {
	case found.used():
	case found.probed:
		probed, probedIn = max(0, probed-1), max(0, probedIn-1)
	default:
		plain = max(0, plain-1)
	}
	return plain, probed, probedIn
}
