package baseline

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// What is denied by the names of endpoints is judged by what a request asks for, and by
// the front controller that answers it.

// AskedEndpoint is what a request asks for, as denials look at it.
type AskedEndpoint struct {
	Root, Host string
	Path       string // canonical, of what names no script
	Template   string
	// Script is the front controller that answers; empty if that is unknown. Explicit is
	// true if the request names it, with the path after it.
	Script   string
	Explicit bool
	Profile  *Profile // of the route; nil if there is none

	lower [2]string // path and template in lower case, once they were wanted
}

// spellings are the path and its template as patterns are compared with them. Of a longer
// path than files have its beginning does: the template stands for the rest.
func (a *AskedEndpoint) spellings() [2]string {
	if a.lower[0] == "" {
		a.lower = [2]string{strings.ToLower(a.Path[:min(len(a.Path), scriptpath.MaxPathLen)]), strings.ToLower(a.Template)}
	}
	return a.lower
}

// Endpoint returns what denies an endpoint: the name of a rule, or of the route itself.
func (d *Denials) Endpoint(r *Routes, a *AskedEndpoint) (by string, denied bool) {
	index := d.index.Load()
	if index == nil {
		return "", false
	}
	known := a.Profile != nil && (a.Script == "" || a.Profile.FrontController() == "" || a.Profile.FrontController() == a.Script)
	if known && a.Profile.Trust() == Denied {
		return a.Profile.Name().String(), true
	}
	for i := len(index.endpoints) - 1; i >= 0; i-- {
		rule := &index.endpoints[i]
		switch {
		case !rule.Concerns(a.Root, a.Host) || known && a.Profile.ApprovedSince(rule.Time):
		case a.Explicit && !rule.Endpoint.namesScript() && d.FrontController(a.Root, a.Template) != a.Script:
			// The script's own name precedes the path, and nobody else is known to run it for that.
		case rule.Endpoint.behind(a.Script) && rule.Endpoint.covers(r, a):
			return rule.String(), true
		}
	}
	return "", false
}

// AnyEndpoint reports whether a route may be denied by its name.
func (d *Denials) AnyEndpoint() bool {
	index := d.index.Load()
	return index != nil && (len(index.endpoints) > 0 || index.route)
}

// FrontController returns the script that answers a route: the one that did before, else
// that of the nearest directory above it of which it is known, else that of all routes
// under the root. It returns "" if that is unknown.
func (d *Denials) FrontController(root, template string) string {
	for at := template; at != ""; at = parent(at) {
		if p := d.scripts.Lookup(Key{Root: root, Path: at}); p != nil && p.route {
			if script := p.FrontController(); script != "" {
				return script
			}
		}
	}
	if index := d.index.Load(); index != nil {
		return index.fronts[root]
	}
	return ""
}

// parent returns what a template lies in: /a/b in /a/, that in /a, that in /, that in "".
func parent(template string) string {
	if dir, ok := strings.CutSuffix(template, "/"); ok {
		return dir
	}
	return template[:strings.LastIndexByte(template, '/')+1]
}

// split sorts the rules by what they are about.
func (i *denialIndex) split() {
	for _, r := range i.rules {
		if r.OfEndpoint() {
			i.endpoints = append(i.endpoints, r)
		} else {
			i.paths = append(i.paths, r)
		}
	}
}

// noteFront notes which script answers a route.
func (i *denialIndex) noteFront(p *Profile) {
	script := p.FrontController()
	if script == "" {
		return
	}
	if i.fronts == nil {
		i.fronts = make(map[string]string)
	}
	if other, known := i.fronts[p.key.Root]; known && other != script {
		script = "" // there are several
	}
	i.fronts[p.key.Root] = script
}

// DeniesKnown reports whether the rule denies, for every host, what a profile is of:
// a script, or a route behind the front controller that answered it.
func (r *DenialRule) DeniesKnown(p *Profile) bool {
	if r.Root != "" && r.Root != p.key.Root {
		return false
	}
	if r.OfEndpoint() {
		return p.route && r.Endpoint.behind(p.FrontController()) && r.Endpoint.coversTemplate(p.key.Path) && !p.ApprovedSince(r.Time)
	}
	return r.Denies(p.key.Path, p)
}
