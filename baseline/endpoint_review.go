package baseline

import (
	"cmp"
	"strings"
	"time"
)

// TrustOf returns the trust of a script or route. A route is denied if a standing denial
// says so for every host.
func (s *Site) TrustOf(p *Profile) Trust {
	if trust := p.Trust(); !p.route || trust == Denied {
		return trust
	}
	for _, r := range s.Denials.Rules() {
		if r.Host == "" && r.DeniesKnown(p) {
			return Denied
		}
	}
	return p.Trust()
}

// maxReviewedRoutes is how many routes the review list has at most: as many as somebody
// reads, an estimate.
const maxReviewedRoutes = 100

// ReviewEndpoints lists the routes, and the operations of scripts and routes that are known,
// that appeared after learning had ended and that nobody decided about: those that evidence stands against, worst first, then the riskiest,
// then the latest. It is short: at most ten, or 5 % of the routes, and never more than
// 100. further is how many more there are.
func (s *Site) ReviewEndpoints() (list []*Profile, further int) {
	for p := range s.Scripts.All() {
		if p.route && p.Novel() && s.TrustOf(p) != Denied {
			list = append(list, p)
		}
		for operation := range p.Operations() {
			if operation.Novel() && !p.Novel() {
				list = append(list, operation)
			}
		}
	}
	s.Scripts.sortWorst(list, func(a, b *Profile) int {
		return cmp.Or(cmp.Compare(b.Risk(), a.Risk()), b.LastSeen().Compare(a.LastSeen()), strings.Compare(a.key.Path, b.key.Path), strings.Compare(a.key.Root, b.key.Root), strings.Compare(a.Operation(), b.Operation()))
	})
	n := min(len(list), max(10, min(s.Routes.Count()/20, maxReviewedRoutes)))
	return list[:n], len(list) - n
}

// OverdueRoutes lists the routes that a containment would have refused since the time
// given: new ones that no script answered. Their order is that of [Scripts.Overdue].
func (s *Site) OverdueRoutes(since time.Time) (list []*Profile) {
	for p := range s.Scripts.All() {
		if p.route && p.Novel() && p.FrontController() == "" && !p.LastSeen().Before(since) && s.TrustOf(p) != Denied {
			list = append(list, p)
		}
	}
	s.Scripts.sortWorst(list, func(a, b *Profile) int {
		return cmp.Or(b.LastSeen().Compare(a.LastSeen()), strings.Compare(a.key.Path, b.key.Path))
	})
	return list
}

// NewRoutes returns how many routes appeared after learning had ended, and nobody approved.
func (s *Site) NewRoutes() (n int) {
	for p := range s.Scripts.All() {
		if p.route && p.Novel() {
			n++
		}
	}
	return n
}

// Tried reports whether it was asked by a method that it does not normally take.
func (p *Profile) Tried(m Method) bool { return p.methods.strange.Load()&(1<<m) != 0 }

// SeenNetworks estimates how many client networks asked for it, also by requests that
// were held against them, from which nothing is learned.
func (p *Profile) SeenNetworks() int { return max(p.Networks(), p.methods.strangeNetworks()) }
