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
}

// DecisionResult is what they answer.
type DecisionResult struct {
	Site    string         `json:"site"`
	DryRun  bool           `json:"dry_run"`
	Scripts []ScriptChange `json:"scripts"`
	// Unmatched are the paths and patterns that nothing matched.
	Unmatched []string `json:"unmatched"`
	// Flagged are scripts that patterns mean and that were not approved, because evidence
	// stands against them.
	Flagged []FlaggedScript `json:"flagged"`
	// Missing are approved paths that name no file yet: who puts one there is trusted.
	Missing []MissingFile `json:"missing"`
}

// ScriptChange is a script with its trust before and after a decision.
type ScriptChange struct {
	Path string `json:"path"`
	Root string `json:"root,omitempty"`
	Was  string `json:"was"` // a trust, or unknown
	Now  string `json:"now"`
	// Evidence is what stood against a script that was approved all the same.
	Evidence *Evidence `json:"evidence,omitempty"`
}

const unknownScript = "unknown"

func (c *siteCall) approve() error {
	return c.applyDecision(baseline.Trusted.String(), func(key baseline.Key) bool {
		return c.memory.Decisions.SetTrust(key, baseline.Trusted, "approved by the admin API", c.now, c.settings.Limits)
	})
}

func (c *siteCall) deny() error {
	return c.applyDecision(baseline.Denied.String(), func(key baseline.Key) bool {
		return c.memory.Decisions.SetTrust(key, baseline.Denied, "denied by the admin API", c.now, c.settings.Limits)
	})
}

func (c *siteCall) forget() error {
	return c.applyDecision(unknownScript, func(key baseline.Key) bool {
		return c.memory.Decisions.Forget(key, "forgotten by the admin API", c.now)
	})
}

// applyDecision applies a decision to every script that the request names.
func (c *siteCall) applyDecision(now string, apply func(baseline.Key) bool) error {
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
	patterns, err := c.patterns(d.Paths)
	if err != nil {
		return err
	}
	return c.change(func() (any, bool, error) {
		keys, unmatched := c.match(patterns, now != unknownScript)
		answer := DecisionResult{Site: c.settings.Name, DryRun: d.DryRun, Scripts: []ScriptChange{}, Unmatched: unmatched, Flagged: []FlaggedScript{}, Missing: []MissingFile{}}
		var standing map[baseline.Key]*Evidence
		if approves {
			if keys, answer.Flagged, err = c.leaveFlagged(keys, patterns, d.EvenFlagged); err != nil {
				return nil, false, err
			}
			standing = c.standing(keys)
			answer.Missing = c.missing(keys, patterns)
		}
		for _, key := range keys {
			was := unknownScript
			if p := c.memory.Scripts.Lookup(key); p != nil && p.Key() == key {
				was = p.Trust().String()
			}
			if !d.DryRun && !apply(key) {
				return nil, false, apiError(http.StatusInsufficientStorage, "no room for %s: max_scripts is reached; %d scripts before it were changed", key.Path, len(answer.Scripts))
			}
			answer.Scripts = append(answer.Scripts, ScriptChange{Path: key.Path, Root: key.Root, Was: was, Now: now, Evidence: standing[key]})
		}
		return answer, !d.DryRun && len(keys) > 0, nil
	})
}
