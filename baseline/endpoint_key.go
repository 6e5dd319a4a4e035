package baseline

import "cmp"

// EndpointKey identifies an endpoint of a site.
type EndpointKey struct {
	// Root is the document root, as in [Key].
	Root string
	EndpointName
}

// Key returns the key of the endpoint's profile.
func (k EndpointKey) Key() Key { return Key{Root: k.Root, Path: cmp.Or(k.Route, k.Script)} }

// Name returns the name of the endpoint that the profile is of.
func (p *Profile) Name() EndpointName {
	name := EndpointName{Operation: p.Operation()}
	if p.route {
		name.Script, name.Route = p.FrontController(), p.key.Path
	} else {
		name.Script = p.key.Path
	}
	return name
}

// EndpointKey returns what identifies the endpoint that the profile is of.
func (p *Profile) EndpointKey() EndpointKey { return EndpointKey{p.key.Root, p.Name()} }

// scriptKeys makes keys of scripts those of endpoints.
func scriptKeys(keys []Key) []EndpointKey {
	list := make([]EndpointKey, len(keys))
	for i, key := range keys {
		list[i] = EndpointKey{key.Root, EndpointName{Script: key.Path}}
	}
	return list
}
