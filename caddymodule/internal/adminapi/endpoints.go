package adminapi

import (
	"slices"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// What an endpoint is, as the API says it.
const (
	kindScript    = "script"
	kindRoute     = "route"
	kindOperation = "operation"
)

func kindOf(name baseline.EndpointName) string {
	switch {
	case name.Operation != "":
		return kindOperation
	case name.Route != "":
		return kindRoute
	}
	return kindScript
}

// nameOf names what a profile is of: an operation of a route by that route's name.
func (c *siteCall) nameOf(p *baseline.Profile) baseline.EndpointName {
	name := p.Name()
	if whole := c.memory.Scripts.Lookup(p.Key()); name.Operation != "" && whole != nil {
		whole := whole.Name()
		name.Script, name.Route = whole.Script, whole.Route
	}
	return name
}

// profileKeys are the keys of the endpoints' profiles.
func profileKeys(list []baseline.EndpointKey) []baseline.Key {
	keys := make([]baseline.Key, 0, len(list))
	for _, e := range list {
		keys = append(keys, e.Key())
	}
	return keys
}

// scriptsOnly are the keys of those that are scripts.
func scriptsOnly(list []baseline.EndpointKey) []baseline.Key {
	return profileKeys(slices.DeleteFunc(slices.Clone(list), func(e baseline.EndpointKey) bool { return e.Route != "" }))
}

// deniedByName are the keys of those whose profiles say that they are denied: scripts, and
// names that may be scripts'. Of routes standing denials say so.
func deniedByName(list []baseline.EndpointKey) []baseline.Key { return scriptsOnly(list) }

// knownRoutes leaves those routes out that the site does not have.
func (c *siteCall) knownRoutes(list []baseline.EndpointKey) []baseline.EndpointKey {
	return slices.DeleteFunc(list, func(e baseline.EndpointKey) bool {
		return e.Route != "" && c.memory.Scripts.Lookup(e.Key()) == nil
	})
}
