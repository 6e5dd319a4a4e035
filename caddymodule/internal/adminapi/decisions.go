package adminapi

import (
	"net/http"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// Decision is what approve, deny and forget take.
type Decision struct {
	Paths  []string `json:"paths"`
	DryRun bool     `json:"dry_run"`
	// As is who the operator claims to be, as in the header [AsHeader].
	As string `json:"as,omitempty"`
}

// DecisionResult is what they answer.
type DecisionResult struct {
	Site    string         `json:"site"`
	DryRun  bool           `json:"dry_run"`
	Scripts []ScriptChange `json:"scripts"`
	// Unmatched are the paths and patterns that nothing matched.
	Unmatched []string `json:"unmatched"`
}

// ScriptChange is a script with its trust before and after a decision.
type ScriptChange struct {
	Path string `json:"path"`
	Root string `json:"root,omitempty"`
	Was  string `json:"was"` // a trust, or unknown
	Now  string `json:"now"`
}

const unknownScript = "unknown"

func (c *siteCall) approve() error {
	return c.applyDecision(baseline.Trusted.String(), func(keys []baseline.Key) error {
		return c.memory.Decisions.SetTrust(keys, baseline.Trusted, c.by, c.now, c.settings.Limits)
	})
}

func (c *siteCall) deny() error {
	return c.applyDecision(baseline.Denied.String(), func(keys []baseline.Key) error {
		return c.memory.Decisions.SetTrust(keys, baseline.Denied, c.by, c.now, c.settings.Limits)
	})
}

func (c *siteCall) forget() error {
	return c.applyDecision(unknownScript, func(keys []baseline.Key) error {
		c.memory.Decisions.Forget(keys, c.by, c.now)
		return nil
	})
}

// applyDecision applies a decision to every script that the request names, or to none.
func (c *siteCall) applyDecision(now string, apply func([]baseline.Key) error) error {
	var d Decision
	if err := c.decode(&d, false); err != nil {
		return err
	}
	if len(d.Paths) == 0 {
		return apiError(http.StatusBadRequest, "paths: want at least one")
	}
	if d.As != "" {
		c.by.Claimed = claim(d.As)
	}
	patterns, err := c.patterns(d.Paths)
	if err != nil {
		return err
	}
	return c.change(func() (any, bool, error) {
		keys, unmatched := c.match(patterns, now != unknownScript)
		answer := DecisionResult{Site: c.settings.Name, DryRun: d.DryRun, Scripts: []ScriptChange{}, Unmatched: unmatched}
		for _, key := range keys {
			was := unknownScript
			if p := c.memory.Scripts.Lookup(key); p != nil && p.Key() == key {
				was = p.Trust().String()
			}
			answer.Scripts = append(answer.Scripts, ScriptChange{Path: key.Path, Root: key.Root, Was: was, Now: now})
		}
		if d.DryRun {
			return answer, false, nil
		}
		if err := apply(keys); err != nil {
			return nil, false, apiError(http.StatusInsufficientStorage, "%v; nothing was changed", err)
		}
		return answer, len(keys) > 0, nil
	})
}
