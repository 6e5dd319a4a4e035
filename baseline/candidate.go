package baseline

import (
	"math"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"
)

// candidateStatuses is how many statuses are kept of a candidate.
const candidateStatuses = 4

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

// candidate is a name that may be a script.
type candidate struct {
	profile  *Profile // the site's, once it was promoted
	promoted bool     // it became a script
	first    uint64   // the network that asked first
	answers  []candidateAnswer
	linked   sketch.Distinct // networks that came by a link
	visited  bool            // by a visitor of the site
	probed   bool            // by a prober
	gone     uint64          // visits that were answered 404 or 410
}

// candidateAnswer is what a candidate answers by one status.
type candidateAnswer struct {
	status   int
	networks sketch.Distinct // but for probers
	page     *Page           // of the first such answer that is known
}

// worth orders candidates for eviction.
func (c *candidate) worth() int {
	if c.used() || c.promoted {
		return math.MaxInt
	}
	return c.profile.Networks()
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
