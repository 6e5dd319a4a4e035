package baseline

import (
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// DenialRule is a standing order of an operator: what matches is denied, known or not.
type DenialRule struct {
	// Pattern matches the canonical paths of scripts.
	Pattern scriptpath.Pattern `json:"pattern,omitzero"`
	// Endpoint means routes; a rule has either.
	Endpoint EndpointPattern `json:"endpoint,omitzero"`
	// Root is the document root under which it holds; empty for any.
	Root string `json:"root,omitempty"`
	// Host is the name of the host for which it holds, without a port; empty for any.
	Host string `json:"host,omitempty"`
	// Time and By are when it was made, and by whom.
	Time time.Time `json:"time"`
	By   Author    `json:"by,omitzero"`
}

// Concerns reports whether the rule holds under a document root, for a Host field as it
// was sent.
func (r *DenialRule) Concerns(root, host string) bool {
	return (r.Root == "" || r.Root == root) && (r.Host == "" || strings.EqualFold(r.Host, HostName(host)))
}

// Denies reports whether the rule matches the script, by its own name or a shorter one
// of which it is about, and nobody has approved of the script since. The profile is nil
// if there is none.
func (r *DenialRule) Denies(path string, p *Profile) bool {
	return r.matches(path) && (p == nil || !p.ApprovedSince(r.Time))
}

func (r *DenialRule) matches(path string) bool {
	if r.Pattern.Matches(path) {
		return true
	}
	if exact := r.Pattern.Exact(); exact != "" && len(exact) < len(path) {
		for short := range scriptpath.ShortNames(path) {
			if short == exact {
				return true
			}
		}
	}
	return false
}

// OfEndpoint reports whether the rule is about routes by their names.
func (r *DenialRule) OfEndpoint() bool { return r.Endpoint.text != "" }

// String returns what is denied, as an operator writes it.
func (r DenialRule) String() string {
	if r.OfEndpoint() {
		return r.Endpoint.String()
	}
	return r.Pattern.String()
}

// sameAs reports whether another rule is about the same.
func (r DenialRule) sameAs(other DenialRule) bool {
	return r.String() == other.String() && r.OfEndpoint() == other.OfEndpoint() && r.Root == other.Root && strings.EqualFold(r.Host, other.Host)
}

// HostName returns the name in a Host field, without port, brackets and the dot of the
// root of names.
func HostName(host string) string {
	if end := strings.LastIndexByte(host, ']'); end > 0 && host[0] == '[' {
		return host[1:end]
	}
	if colon := strings.IndexByte(host, ':'); colon >= 0 && strings.LastIndexByte(host, ':') == colon {
		host = host[:colon]
	}
	return strings.TrimSuffix(host, ".")
}
