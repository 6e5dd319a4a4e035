package adminapi

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

const (
	defaultListed = 1000
	maxListed     = 1_000_000
)

// Script is a script as the API lists it.
type Script struct {
	Path  string `json:"path"`
	Root  string `json:"root,omitempty"`
	Trust string `json:"trust"`
	// New is true if the script appeared after learning, and nobody approved it.
	New       bool              `json:"new"`
	FirstSeen time.Time         `json:"first_seen"`
	LastSeen  time.Time         `json:"last_seen"`
	Networks  int               `json:"networks"`
	Visits    map[string]uint64 `json:"visits"`
	Risk      int               `json:"risk"`
	// Data is the directory in the path in which data is kept, not programs.
	Data string `json:"data_directory,omitempty"`
	// Methods are those that it normally takes.
	Methods []string `json:"methods"`
	// Standout is null if the script did not stand out when learning ended, or somebody
	// decided about it since.
	Standout *Standout `json:"standout"`
	// Evidence is null if no request to the script was flagged.
	Evidence *Evidence `json:"evidence"`
}

// ScriptList is what the API answers about the scripts of a site.
type ScriptList struct {
	Site string `json:"site"`
	// Matched is how many there are; Scripts may be fewer.
	Matched int      `json:"matched"`
	Scripts []Script `json:"scripts"`
}

func (c *siteCall) newScript(p *baseline.Profile) Script {
	key := p.Key()
	e := Script{
		Path: key.Path, Root: key.Root, Trust: p.Trust().String(), New: p.Novel(), FirstSeen: p.FirstSeen(), LastSeen: p.LastSeen(),
		Networks: p.Networks(), Visits: map[string]uint64{}, Risk: p.Risk(), Data: scriptpath.DataDirectory(key.Path), Methods: []string{},
		Standout: newStandout(p), Evidence: c.evidence(key),
	}
	for m := range baseline.MethodOther + 1 {
		if n := p.Visits(m); n > 0 {
			e.Visits[m.String()] = n
		}
		if p.KnowsMethod(m) {
			e.Methods = append(e.Methods, m.String())
		}
	}
	return e
}

// scriptQuery is which scripts are asked for.
type scriptQuery struct {
	trust    string
	review   bool
	deployed bool // only those that came in a deploy window
	sort     string
	limit    int
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
		case "sort":
			if q.sort = value; !slices.Contains([]string{"worst", "risk", "path", "last"}, value) {
				return q, apiError(http.StatusBadRequest, "sort %q: want worst, risk, path or last", value)
			}
		case "limit":
			if q.limit, err = strconv.Atoi(value); err != nil || q.limit < 1 || q.limit > maxListed {
				return q, apiError(http.StatusBadRequest, "limit %q: want 1 to %d", value, maxListed)
			}
		default:
			return q, apiError(http.StatusBadRequest, "unknown parameter %q: want trust, review, deployed, sort or limit", name)
		}
	}
	return q, nil
}

// of lists the profiles that the query is about.
func (q scriptQuery) of(s *baseline.Site) []*baseline.Profile {
	var list []*baseline.Profile
	if q.review {
		list, _ = s.Scripts.Review()
	} else {
		for p := range s.Scripts.All() {
			if !p.Route() {
				list = append(list, p)
			}
		}
	}
	if q.deployed {
		list = slices.DeleteFunc(list, func(p *baseline.Profile) bool { return !p.Deployed() })
	}
	if q.trust != "" {
		list = slices.DeleteFunc(list, func(p *baseline.Profile) bool { return p.Trust().String() != q.trust })
	}
	if q.review && q.sort == "" {
		return list // worst first, then riskiest
	}
	scores := make(map[*baseline.Profile]float64)
	for _, p := range list {
		if score := s.Evidence.StandingScore(p.Key()); score > 0 {
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
		return cmp.Or(first, strings.Compare(a.Key().Path, b.Key().Path), strings.Compare(a.Key().Root, b.Key().Root))
	})
	return list
}

func (c *siteCall) scripts() error {
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return apiError(http.StatusBadRequest, "query: %v", err)
	}
	q, err := parseScriptQuery(values)
	if err != nil {
		return err
	}
	list := q.of(c.memory.Site)
	answer := ScriptList{Site: c.settings.Name, Matched: len(list), Scripts: []Script{}}
	for _, p := range list[:min(len(list), q.limit)] {
		answer.Scripts = append(answer.Scripts, c.newScript(p))
	}
	return reply(c.w, answer)
}
