package adminapi

import (
	"net/http"
	"net/url"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

const (
	defaultListed = 1000
	maxListed     = 1_000_000
)

// Script is a script or a route as the API lists it.
type Script struct {
	Path string `json:"path"` // of a route its template
	Root string `json:"root,omitempty"`
	// Endpoint is its name, which approve, deny and forget take, unless it is an operation.
	// Kind says whether it is a script, a route, or an operation of one.
	Endpoint string `json:"endpoint"`
	Kind     string `json:"kind"`
	// FrontController is the script that answers the route; empty if none is known.
	FrontController string `json:"front_controller,omitempty"`
	Trust           string `json:"trust"`
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
	// TriedMethods are others by which it was asked.
	TriedMethods []string `json:"tried_methods,omitempty"`
	// Standout is null if the script did not stand out when learning ended, or somebody
	// decided about it since.
	Standout *Standout `json:"standout"`
	// Evidence is null if no request to the script was flagged.
	Evidence *Evidence `json:"evidence"`
}

// ScriptList is what the API answers about the scripts of a site.
type ScriptList struct {
	Site string `json:"site"`
	// Matched is how many there are; Scripts may be fewer. MatchedRoutes is how many of
	// them are routes, and MatchedOperations how many are operations.
	Matched           int `json:"matched"`
	MatchedRoutes     int `json:"matched_routes"`
	MatchedOperations int `json:"matched_operations"`
	// Routes is how many routes the site has, and NewRoutes how many of them appeared after
	// learning and nobody approved.
	Routes    int `json:"routes"`
	NewRoutes int `json:"new_routes"`
	// Further is how many more might be looked at than the review list has room for.
	Further int      `json:"further,omitempty"`
	Scripts []Script `json:"scripts"`
}

func (c *siteCall) newScript(p *baseline.Profile) Script {
	key, name := p.Key(), c.nameOf(p)
	e := Script{
		Path: key.Path, Root: key.Root, Endpoint: name.String(), Kind: kindOf(name),
		Trust: c.memory.TrustOf(p).String(), New: p.Novel(), FirstSeen: p.FirstSeen(), LastSeen: p.LastSeen(), Networks: p.Networks(), Visits: map[string]uint64{}, Risk: p.Risk(), Data: scriptpath.DataDirectory(key.Path), Methods: []string{},
		Standout: newStandout(p),
	}
	if p.Route() {
		e.FrontController = name.Script
	}
	if name.Operation == "" {
		e.Evidence = c.evidence(key)
	}
	for m := range baseline.MethodOther + 1 {
		if n := p.Visits(m); n > 0 {
			e.Visits[m.String()] = n
		}
		if p.KnowsMethod(m) {
			e.Methods = append(e.Methods, m.String())
		}
		if p.Tried(m) {
			e.TriedMethods = append(e.TriedMethods, m.String())
		}
	}
	if p.Route() {
		e.Networks = p.SeenNetworks()
	}
	return e
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
	list, further := q.of(c.memory.Site)
	answer := ScriptList{
		Site: c.settings.Name, Matched: len(list), Routes: c.memory.Routes.Count(), NewRoutes: c.memory.NewRoutes(), Further: further, Scripts: []Script{},
	}
	for _, p := range list {
		switch {
		case p.Operation() != "":
			answer.MatchedOperations++
		case p.Route():
			answer.MatchedRoutes++
		}
	}
	for _, p := range list[:min(len(list), q.limit)] {
		answer.Scripts = append(answer.Scripts, c.newScript(p))
	}
	return reply(c.w, answer)
}
