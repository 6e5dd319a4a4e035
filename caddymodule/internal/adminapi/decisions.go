package adminapi

import (
	"net/http"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// Decision is what approve, deny and forget take.
type Decision struct {
	Paths  []string `json:"paths"`
	DryRun bool     `json:"dry_run"`
	// EvenFlagged approves scripts that are named exactly although malicious requests to
	// them stand against them. Only approve takes it.
	EvenFlagged bool `json:"even_flagged,omitempty"`
	// Root is the document root of the scripts, if others are not meant.
	Root string `json:"root,omitempty"`
	// Host is that of the requests for which scripts are denied, if others are not meant.
	// Of approve and forget it means the standing denials of that host, and no script.
	Host string `json:"host,omitempty"`
	// As is who the operator claims to be, as in the header [AsHeader].
	As string `json:"as,omitempty"`
}

// DecisionResult is what they answer.
type DecisionResult struct {
	Site    string         `json:"site"`
	DryRun  bool           `json:"dry_run"`
	Scripts []ScriptChange `json:"scripts"`
	// Rules are the standing denials that were made, or withdrawn.
	Rules []DenialRule `json:"rules"`
	// Unmatched are the paths and patterns that nothing matched.
	Unmatched []string `json:"unmatched"`
	// Flagged are scripts that patterns mean and that were not approved, because evidence
	// stands against them.
	Flagged []FlaggedScript `json:"flagged"`
	// Missing are approved paths that name no file yet: who puts one there is trusted.
	Missing []MissingFile `json:"missing"`
}

// ScriptChange is a script or a route with its trust before and after a decision.
type ScriptChange struct {
	Path string `json:"path"` // of a route its template
	// Endpoint is the name of a route, and Kind says that it is one; both are left out of a
	// script.
	Endpoint string `json:"endpoint,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Root     string `json:"root,omitempty"`
	Was      string `json:"was"` // a trust, or unknown
	Now      string `json:"now"`
	// Evidence is what stood against a script that was approved all the same.
	Evidence *Evidence `json:"evidence,omitempty"`
	// DeniedBy is a standing denial that goes on refusing a script that was forgotten.
	DeniedBy string `json:"denied_by,omitempty"`
}

const unknownScript = "unknown"

func (c *siteCall) approve() error {
	return c.applyDecision(baseline.Trusted.String(), func(keys []baseline.EndpointKey, rules []baseline.DenialRule) error {
		err := c.memory.Decisions.SetTrustOf(keys, baseline.Trusted, c.by, c.now, c.settings.Limits)
		if err == nil {
			c.memory.Decisions.WithdrawDenials(rules, c.by, c.now)
		}
		return err
	})
}

func (c *siteCall) deny() error {
	return c.applyDecision(baseline.Denied.String(), func(keys []baseline.EndpointKey, rules []baseline.DenialRule) error {
		return c.memory.Decisions.Deny(deniedByName(keys), rules, c.by, c.now, c.settings.Limits)
	})
}

func (c *siteCall) forget() error {
	return c.applyDecision(unknownScript, func(keys []baseline.EndpointKey, rules []baseline.DenialRule) error {
		c.memory.Decisions.Forget(profileKeys(keys), c.by, c.now)
		c.memory.Decisions.WithdrawDenials(rules, c.by, c.now)
		return nil
	})
}

// applyDecision applies a decision to every script that the request names, and to the
// standing denials, or to none.
func (c *siteCall) applyDecision(now string, apply func([]baseline.EndpointKey, []baseline.DenialRule) error) error {
	var d Decision
	if err := c.decode(&d, false); err != nil {
		return err
	}
	if len(d.Paths) == 0 {
		return apiError(http.StatusBadRequest, "paths: want at least one")
	}
	approves := now == baseline.Trusted.String()
	if d.EvenFlagged && !approves {
		return apiError(http.StatusBadRequest, "even_flagged: only approve takes it")
	}
	if d.As != "" {
		c.by.Claimed = claim(d.As)
	}
	scope, err := d.scope()
	if err != nil {
		return err
	}
	operations, paths, err := operationPaths(d.Paths)
	if err != nil {
		return err
	}
	if len(operations) > 0 && scope.host != "" {
		return apiError(http.StatusBadRequest, "host: operations are decided about for every host")
	}
	patterns, err := c.patterns(paths)
	if err != nil {
		return err
	}
	return c.change(func() (any, bool, error) {
		asked, err := c.operationKeys(operations, scope.root)
		if err != nil {
			return nil, false, err
		}
		rules := c.standingDenials(patterns, scope, now == baseline.Denied.String())
		if now == baseline.Denied.String() {
			if err := c.memory.Denials.Room(rules); err != nil {
				return nil, false, apiError(http.StatusInsufficientStorage, "%v; nothing was changed", err)
			}
		}
		var keys []baseline.EndpointKey
		unmatched := paths
		if scope.host == "" {
			denies := now == baseline.Denied.String()
			keys, unmatched = c.matchEndpoints(patterns, matching{root: scope.root, fresh: approves || denies, routes: !denies})
			if denies {
				keys = c.knownRoutes(keys)
			}
		}
		var flagged []FlaggedScript
		var standing map[baseline.EndpointKey]*Evidence
		if approves {
			if keys, flagged, err = c.leaveFlagged(keys, patterns, d.EvenFlagged); err != nil {
				return nil, false, err
			}
			standing = c.standing(keys)
		}
		answer := DecisionResult{
			Site: c.settings.Name, DryRun: d.DryRun, Scripts: append([]ScriptChange{}, c.operationChanges(asked, now)...), Rules: c.describeRules(rules), Unmatched: withoutRule(unmatched, patterns, rules),
			Flagged: append([]FlaggedScript{}, flagged...), Missing: []MissingFile{},
		}
		if approves {
			answer.Missing = c.missing(scriptsOnly(keys), patterns)
		}
		for _, key := range keys {
			was, evidence := unknownScript, standing[key]
			if p := c.memory.Scripts.Lookup(key.Key()); p != nil && p.Key() == key.Key() {
				was = c.memory.TrustOf(p).String()
				key.EndpointName = p.Name()
			}
			change := ScriptChange{Path: key.Key().Path, Root: key.Root, Was: was, Now: now, Evidence: evidence}
			if key.Route != "" {
				change.Endpoint, change.Kind = key.String(), kindRoute
			}
			if now == unknownScript {
				change.DeniedBy = c.stillDenied(key, rules)
			}
			answer.Scripts = append(answer.Scripts, change)
		}
		if d.DryRun {
			return answer, false, nil
		}
		if err := apply(keys, rules); err != nil {
			return nil, false, apiError(http.StatusInsufficientStorage, "%v; nothing was changed", err)
		}
		if err := c.decideOperations(asked, now); err != nil {
			return nil, false, apiError(http.StatusConflict, "%v", err)
		}
		return answer, len(keys)+len(rules)+len(asked) > 0, nil
	})
}
