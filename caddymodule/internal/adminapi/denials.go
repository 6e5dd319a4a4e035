package adminapi

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// DenialList is what the API answers about the standing denials of a site. The scripts
// that are denied by their names are listed with the scripts.
type DenialList struct {
	Site  string       `json:"site"`
	Rules []DenialRule `json:"rules"`
}

// DenialRule is a standing denial as the API lists it.
type DenialRule struct {
	// Pattern is what is denied: of paths, or an endpoint's name.
	Pattern string          `json:"pattern"`
	Kind    string          `json:"kind"` // route if it is an endpoint's name, otherwise path
	Root    string          `json:"root,omitempty"`
	Host    string          `json:"host,omitempty"`
	Time    time.Time       `json:"time"`
	By      baseline.Author `json:"by"`
	// Scripts and Routes are how many of those that are known it covers, but for those
	// that were approved since.
	Scripts int `json:"scripts"`
	Routes  int `json:"routes"`
}

func (c *siteCall) denials() error {
	return reply(c.w, DenialList{Site: c.settings.Name, Rules: c.describeRules(c.memory.Denials.Rules())})
}

// scope is what a decision is about, if not all of the site.
type scope struct{ root, host string }

// maxHost is the longest name of a host (RFC 1035), in bytes.
const maxHost = 253

func (d *Decision) scope() (scope, error) {
	if d.Root != "" && !filepath.IsAbs(d.Root) {
		return scope{}, apiError(http.StatusBadRequest, "root %q: want an absolute path, as it is listed", d.Root)
	}
	host := strings.ToLower(baseline.HostName(d.Host))
	if d.Host != "" && (host == "" || len(host) > maxHost || strings.ContainsAny(host, "*/{ ")) {
		return scope{}, apiError(http.StatusBadRequest, "host %.40q: want the name of one host", d.Host)
	}
	return scope{root: d.Root, host: host}, nil
}

// standingDenials lists the rules that a decision makes, or those that it withdraws. A
// script that is denied by its name needs none, unless it is for one host.
func (c *siteCall) standingDenials(patterns []pathPattern, s scope, deny bool) (rules []baseline.DenialRule) {
	for _, p := range patterns {
		if deny {
			if p.exact == "" || s.host != "" {
				rule := p.rule()
				rule.Root, rule.Host, rule.Time, rule.By = s.root, s.host, c.now.UTC(), c.by
				rules = append(rules, rule)
			}
			continue
		}
		for _, r := range c.memory.Denials.Rules() {
			if p.about(&r) && (s.root == "" || s.root == r.Root) && (s.host == "" || s.host == r.Host) {
				rules = append(rules, r)
			}
		}
	}
	return rules
}

// describeRules counts what rules cover.
func (c *siteCall) describeRules(rules []baseline.DenialRule) []DenialRule {
	list := make([]DenialRule, 0, len(rules))
	for _, r := range rules {
		kind := "path"
		if r.OfEndpoint() {
			kind = kindRoute
		}
		list = append(list, DenialRule{Pattern: r.String(), Kind: kind, Root: r.Root, Host: r.Host, Time: r.Time, By: r.By})
	}
	if len(list) == 0 {
		return list
	}
	for p := range c.memory.Scripts.All() {
		for i := range rules {
			if !rules[i].DeniesKnown(p) {
				continue
			}
			if p.Route() {
				list[i].Routes++
			} else {
				list[i].Scripts++
			}
		}
	}
	return list
}

// withoutRule lists the patterns that mean nothing: no script that is known, and no rule.
func withoutRule(unmatched []string, patterns []pathPattern, rules []baseline.DenialRule) []string {
	return slices.DeleteFunc(slices.Clone(unmatched), func(text string) bool {
		return slices.ContainsFunc(patterns, func(p pathPattern) bool {
			return p.text == text && slices.ContainsFunc(rules, func(r baseline.DenialRule) bool { return p.about(&r) })
		})
	})
}

// stillDenied returns the rule that denies an endpoint that is forgotten, or "". Those that
// are withdrawn do not count.
func (c *siteCall) stillDenied(key baseline.EndpointKey, withdrawn []baseline.DenialRule) string {
	for _, r := range c.memory.Denials.Rules() {
		gone := slices.ContainsFunc(withdrawn, func(w baseline.DenialRule) bool {
			return w.String() == r.String() && w.OfEndpoint() == r.OfEndpoint() && w.Root == r.Root && w.Host == r.Host
		})
		denies := r.OfEndpoint() && r.Endpoint.Means(key.EndpointName) || !r.OfEndpoint() && r.Denies(key.Key().Path, nil)
		if !gone && r.Host == "" && (r.Root == "" || r.Root == key.Root) && denies {
			return r.String()
		}
	}
	return ""
}
