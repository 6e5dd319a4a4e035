package detector

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// A request that names no script asks for a route: of an application without scripts, or
// of a front controller. What a route is used to is known by the template of its path.

// namesRoute reports whether a canonical path that names no script may be a route: it
// has no suffix, or is sent a payload.
func (x *Exchange) namesRoute(full string) bool {
	return !strings.Contains(full[strings.LastIndexByte(full, '/')+1:], ".") || x.CarriesPayload()
}

// findRoute finds the route that a canonical path asks for, which names no script.
func (e *Evaluation) findRoute(root, full string) {
	if !e.x.namesRoute(full) {
		return
	}
	s := &e.subject
	s.endpoint, s.habits = e.m.route(root, full)
}

// route returns the key of the route that a canonical path is one of, and what is known of
// it, or nil.
func (m *Memory) route(root, full string) (baseline.Key, *baseline.Profile) {
	key := baseline.Key{Root: root, Path: m.Routes.Template(root, full)}
	return key, m.routeOf(key)
}

// routeOf returns what is known of a route, or nil.
func (m *Memory) routeOf(key baseline.Key) *baseline.Profile {
	if p := m.Scripts.Lookup(key); p != nil && p.Route() {
		return p
	}
	return nil
}

// keepRoute finds the route at the answer: nearly always that which was found at the
// request.
func (e *Evaluation) keepRoute() {
	x, r := e.x, &e.requested
	if x.EffectivePath != x.Path || x.EffectiveRoot != x.Root || r.named() {
		e.findRoute(x.EffectiveRoot, e.d.namer.Name(x.EffectivePath).Full)
		return
	}
	e.subject.endpoint, e.subject.habits = r.endpoint, r.habits
	e.completeHabits()
}

// completeHabits looks once more for what is known of the endpoint: another request may
// have made it known meanwhile.
func (e *Evaluation) completeHabits() {
	if s := &e.subject; s.habits == nil && s.endpoint.Path != "" {
		s.habits = e.m.routeOf(s.endpoint)
	}
}

// findFrontRoute finds the route by which the front controller was asked that ran.
func (e *Evaluation) findFrontRoute() {
	x, s := e.x, &e.subject
	if e.requested.named() || x.Path == x.EffectivePath || x.Root != x.EffectiveRoot {
		return
	}
	full := e.d.namer.Name(x.Path).Full
	if e.requested.endpoint.Path == "" && !strings.HasSuffix(full, "/") {
		return // it may have been a file's name
	}
	s.endpoint, s.habits = e.requested.endpoint, e.requested.habits
	e.completeHabits()
}

// routeExists reports whether what was asked for by a known route is there, as far as its
// answer tells. A folded template stands for names that nobody asked for, too; and a page
// that redirects who reads it, such as to HTTPS, redirects payloads as well.
func (e *Evaluation) routeExists() bool {
	switch {
	case e.x.succeeded():
		return true
	case e.x.Status/100 == 3:
		return !e.m.redirects.Seen(e.pageHash())
	}
	return !strings.Contains(e.subject.endpoint.Path, "{")
}

// about returns what the exchange is about, for people: the script, or else the route.
func (s *subject) about() baseline.Key {
	if s.named() {
		return s.key
	}
	if s.habits != nil {
		return s.habits.Key()
	}
	if s.deniedBy != "" {
		return s.endpoint
	}
	return baseline.Key{}
}

// known reports whether the baseline knows what the subject is used to.
func (s *subject) known() bool { return s.habits != nil && !s.habits.Novel() }

// takes reports whether a known route was sent by the method of a payload that it took
// while it was learned.
func (s *subject) takes(e *Evaluation) bool {
	return !e.x.CarriesPayload() || s.habits.KnowsMethod(e.method)
}

// newEndpoint reports whether a front controller that is known was asked by a route that
// is not.
func (e *Evaluation) newEndpoint() bool {
	s := &e.subject
	return e.enforcing() && s.named() && !s.unknown() && s.endpoint.Path != "" && !s.known()
}
