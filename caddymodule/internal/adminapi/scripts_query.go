package adminapi

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// scriptQuery is which scripts are asked for.
type scriptQuery struct {
	trust  string
	review bool
	// endpoints adds the routes, and the operations of both; the review list has its own routes.
	endpoints bool
	deployed  bool // only those that came in a deploy window
	sort      string
	limit     int
}

var trustNames = []string{baseline.Provisional.String(), baseline.Trusted.String(), baseline.Denied.String()}

func parseScriptQuery(values url.Values) (q scriptQuery, err error) {
	q.limit = defaultListed
	for name, list := range values {
		value := list[len(list)-1]
		switch name {
		case "trust":
			if q.trust = value; !slices.Contains(trustNames, value) {
				return q, apiError(http.StatusBadRequest, "trust %q: want %s", value, strings.Join(trustNames, ", "))
			}
		case "review":
			if q.review, err = strconv.ParseBool(value); err != nil {
				return q, apiError(http.StatusBadRequest, "review %q: want 1 or 0", value)
			}
		case "deployed":
			if q.deployed, err = strconv.ParseBool(value); err != nil {
				return q, apiError(http.StatusBadRequest, "deployed %q: want 1 or 0", value)
			}
		case "endpoints":
			if q.endpoints, err = strconv.ParseBool(value); err != nil {
				return q, apiError(http.StatusBadRequest, "endpoints %q: want 1 or 0", value)
			}
		case "sort":
			if q.sort = value; !slices.Contains([]string{"worst", "risk", "path", "last"}, value) {
				return q, apiError(http.StatusBadRequest, "sort %q: want worst, risk, path or last", value)
			}
		case "limit":
			if q.limit, err = strconv.Atoi(value); err != nil || q.limit < 1 || q.limit > maxListed {
				return q, apiError(http.StatusBadRequest, "limit %q: want 1 to %d", value, maxListed)
			}
		default:
			return q, apiError(http.StatusBadRequest, "unknown parameter %q: want trust, review, endpoints, deployed, sort or limit", name)
		}
	}
	return q, nil
}

// of lists the profiles that the query is about. further is how many more there were no
// room for on the review list.
func (q scriptQuery) of(s *baseline.Site) (list []*baseline.Profile, further int) {
	if q.review {
		list, further = s.Scripts.Review()
		routes, more := s.ReviewEndpoints()
		list, further = slices.Concat(list, routes), further+more
	} else {
		for p := range s.Scripts.All() {
			if q.endpoints || !p.Route() {
				list = append(list, p)
			}
			if q.endpoints {
				list = slices.AppendSeq(list, p.Operations())
			}
		}
	}
	if q.deployed {
		list = slices.DeleteFunc(list, func(p *baseline.Profile) bool { return !p.Deployed() })
	}
	if q.trust != "" {
		list = slices.DeleteFunc(list, func(p *baseline.Profile) bool { return s.TrustOf(p).String() != q.trust })
	}
	if q.review && q.sort == "" {
		return list, further // scripts, then routes, each worst first, then riskiest
	}
	scores := make(map[*baseline.Profile]float64)
	for _, p := range list {
		if score := s.Evidence.StandingScore(p.Key()); score > 0 && p.Operation() == "" {
			scores[p] = score
		}
	}
	slices.SortFunc(list, func(a, b *baseline.Profile) int {
		first := 0
		switch q.sort {
		case "last":
			first = b.LastSeen().Compare(a.LastSeen())
		case "risk":
			first = cmp.Compare(b.Risk(), a.Risk())
		case "worst", "":
			first = cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(b.Risk(), a.Risk()))
		}
		return cmp.Or(first, strings.Compare(sortName(s, a), sortName(s, b)), strings.Compare(a.Key().Root, b.Key().Root))
	})
	return list, further
}

// sortName is by what endpoints are sorted at last: routes stand under their script, and
// operations under what they are of.
func sortName(s *baseline.Site, p *baseline.Profile) string {
	name := p.Key().Path
	if p.Route() {
		front := p.FrontController()
		if whole := s.Scripts.Lookup(p.Key()); whole != nil {
			front = whole.FrontController()
		}
		name = front + "\x01" + name
	}
	return name + "\x00" + p.Operation()
}
