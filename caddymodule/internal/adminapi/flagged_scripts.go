package adminapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

// FlaggedScript is a script that was not approved, because evidence stands against it.
type FlaggedScript struct {
	Path     string    `json:"path"`
	Endpoint string    `json:"endpoint"` // its name, which approve takes
	Root     string    `json:"root,omitempty"`
	Evidence *Evidence `json:"evidence"`
}

func newFlaggedScript(e *baseline.ScriptEvidence) FlaggedScript {
	return FlaggedScript{Path: e.Path, Endpoint: baseline.EndpointName{Script: e.Path}.String(), Root: e.Root, Evidence: newEvidence(e)}
}

// leaveFlagged takes those scripts out of an approval that evidence stands against, but
// for those that are named exactly. Of these one is refused that malicious requests
// reached, unless the operator means even such. Every new script is suspicious, and what
// containment keeps from running can only be judged by its requests: to name it is enough.
// Of what came with a change patterns mean all that only visitors of a new page asked for.
func (c *siteCall) leaveFlagged(keys []baseline.EndpointKey, patterns []pathPattern, evenFlagged bool) (rest []baseline.EndpointKey, flagged []FlaggedScript, err error) {
	flagged = []FlaggedScript{}
	var refused []string
	for _, key := range keys {
		e, _ := c.memory.Evidence.Of(key.Key())
		exact := slices.ContainsFunc(patterns, func(p pathPattern) bool { return p.names(key.EndpointName) })
		switch {
		case !e.Standing || e.Mere && c.memory.Changes.Of(key.Key()) || exact && (evenFlagged || e.Contained || e.Verdict < baseline.Malicious):
			rest = append(rest, key)
		case exact:
			refused = append(refused, printable.Escape(key.String())+": "+newEvidence(&e).String())
		default:
			e.Key = key.Key()
			left := newFlaggedScript(&e)
			left.Endpoint = key.String()
			flagged = append(flagged, left)
		}
	}
	if len(refused) > 0 {
		return nil, nil, apiError(http.StatusConflict, "nothing was changed: malicious requests were sent to it, and nobody has approved it since; even_flagged (--even-flagged) approves it all the same: %s",
			strings.Join(refused, "; "))
	}
	return rest, flagged, nil
}

// standing is the evidence that stands against scripts, of those against which any does.
func (c *siteCall) standing(keys []baseline.EndpointKey) map[baseline.EndpointKey]*Evidence {
	m := make(map[baseline.EndpointKey]*Evidence)
	for _, key := range keys {
		if e := c.evidence(key.Key()); e != nil && e.Standing {
			m[key] = e
		}
	}
	return m
}
