// Package adminapi is the part of Caddy's admin API with which an operator watches
// and changes the guarded sites: its routes, what they take and what they answer.
package adminapi

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// Prefix is of every path of the API.
const Prefix = "/webshell_guard/"

// Routes returns the API's one route. Each request asks for the sites of the
// configuration that runs, in the order in which they are listed.
func Routes(sites func() []Site) []caddy.AdminRoute {
	return []caddy.AdminRoute{{Pattern: Prefix, Handler: caddy.AdminHandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		return serve(sites(), w, r)
	})}}
}

// siteCall is a request about one site.
type siteCall struct {
	site     Site
	settings Settings
	memory   *detector.Memory
	w        http.ResponseWriter
	r        *http.Request
	now      time.Time
	by       baseline.Author
}

// siteCalls are what may be asked about a site, by what follows its name, and
// by method.
var siteCalls = map[string]map[string]func(*siteCall) error{
	"":            {http.MethodGet: (*siteCall).status},
	"scripts":     {http.MethodGet: (*siteCall).scripts},
	"changes":     {http.MethodGet: (*siteCall).changes},
	"flagged":     {http.MethodGet: (*siteCall).flagged},
	"approve":     {http.MethodPost: (*siteCall).approve},
	"deny":        {http.MethodPost: (*siteCall).deny},
	"forget":      {http.MethodPost: (*siteCall).forget},
	"enforce":     {http.MethodPost: (*siteCall).enforce},
	"relearn":     {http.MethodPost: (*siteCall).relearn},
	"containment": {http.MethodGet: (*siteCall).containment, http.MethodPut: (*siteCall).contain, http.MethodDelete: (*siteCall).release},
	"decisions":   {http.MethodGet: (*siteCall).decisions},
	"denials":     {http.MethodGet: (*siteCall).denials},
	"deploy":      {http.MethodPost: (*siteCall).deploy},
	"baseline":    {http.MethodGet: (*siteCall).export, http.MethodPut: (*siteCall).replace},
}

func serve(sites []Site, w http.ResponseWriter, r *http.Request) error {
	// The path as it was sent: a site's name may hold a slash.
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), Prefix), "/")
	if parts[0] != "sites" || len(parts) > 3 {
		return apiError(http.StatusNotFound, "no such path; see sites, sites/{site} and what is below")
	}
	if len(parts) == 1 {
		if r.Method != http.MethodGet {
			return wrongMethod(w, r, http.MethodGet)
		}
		return listSites(sites, w)
	}
	name, err := url.PathUnescape(parts[1])
	if err != nil {
		return apiError(http.StatusBadRequest, "site: %v", err)
	}
	action := ""
	if len(parts) == 3 {
		action = parts[2]
	}
	methods, ok := siteCalls[action]
	if !ok {
		return apiError(http.StatusNotFound, "no such path: a site has no %q", action)
	}
	i := slices.IndexFunc(sites, func(s Site) bool { return s.Settings().Name == name })
	if i < 0 {
		return apiError(http.StatusNotFound, "no site %q is guarded", name)
	}
	call, ok := methods[r.Method]
	if !ok {
		allowed := make([]string, 0, len(methods))
		for m := range methods {
			allowed = append(allowed, m)
		}
		return wrongMethod(w, r, allowed...)
	}
	return call(&siteCall{site: sites[i], settings: sites[i].Settings(), memory: sites[i].Memory(), w: w, r: r, now: time.Now(), by: authorOf(w, r)})
}

// change runs an operator's change, logs it, stores it, and answers with what it returns.
func (c *siteCall) change(f func() (answer any, changed bool, err error)) error {
	c.site.Lock()
	defer c.site.Unlock()
	c.memory = c.site.Memory() // an import may have been faster
	answer, changed, err := f()
	if err != nil {
		return err
	}
	if changed {
		c.site.Decided(c.decided())
		err := c.site.Save()
		if _, foreign := errors.AsType[*baseline.ForeignError](err); foreign {
			return apiError(http.StatusConflict, "it is in effect here, but could not be stored, and a restart would undo it: %v for a site of this name in the same storage; "+
				"give each node a site name of its own, or restart this Caddy to take over what the other stored", err)
		}
		if err != nil {
			return apiError(http.StatusInternalServerError, "it is in effect, but could not be stored, and a restart would undo it; storing is tried again each minute: %v", err)
		}
	}
	return reply(c.w, answer)
}
