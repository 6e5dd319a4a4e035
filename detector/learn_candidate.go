package detector

import (
	"net/url"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

const (
	// proberNames is for how many missing scripts a network has asked lately that is
	// looking for some: old links lead to one or two.
	proberNames = 3
	// visitorPages is how many known scripts a network has read lately that is a
	// visitor of the site, if it fetched no static file.
	visitorPages = 2
)

// learnCandidate learns, while the site does, of a script that is not known and of which
// no file tells, what its answer does not settle: one of its own to a name that is gone, or
// a payload that says that somebody is there, is a single client's word. It reports whether the exchange is one
// with such a script.
func (e *Evaluation) learnCandidate(visit baseline.Visit) bool {
	x, s, m := e.x, &e.subject, e.m
	if e.enforcing() || !s.named() || s.asset || s.route || s.profile != nil || s.key.Root != "" || s.exists && x.succeeded() {
		return false
	}
	if x.gone() && !s.exists {
		m.Candidates.LearnMissing(s.key)
		return true
	}
	b := e.client.Behaviour(x.Time, 0)
	v := baseline.CandidateVisit{
		Visit: visit, Linked: (b.Pages > 0 || b.Assets) && e.linked(), Prober: b.Probes >= proberNames,
		Visitor: b.Pages >= visitorPages || b.Pages > 0 && b.Assets,
	}
	if e.notFound.known {
		v.Page = &e.notFound.page
	}
	if p := m.Candidates.Learn(s.key, v, e.d.options.Limits); p != nil {
		e.learnAnswer(p)
	}
	return true
}

// linked reports whether the request says that it came from another page of the site.
func (e *Evaluation) linked() bool {
	if !e.referredBySite() {
		return false
	}
	from, err := url.Parse(e.x.Referer)
	return err == nil && scriptpath.Tidy(from.Path) != scriptpath.Tidy(e.x.Path)
}
