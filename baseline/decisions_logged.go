package baseline

import (
	"fmt"
	"time"
)

// maxLoggedScripts is how many scripts of one call are logged one by one: more would
// leave no room for other decisions.
const maxLoggedScripts = 100

// logProfiles logs what was decided about endpoints in one call.
func (d *Decisions) logProfiles(list []*Profile, decided string, by Author, now time.Time) {
	if n := len(list); n > maxLoggedScripts {
		what := "scripts"
		for _, p := range list {
			if p.route {
				what = "endpoints"
			}
		}
		d.log.add(Decision{Time: now, Decided: fmt.Sprintf("%s: %d %s, %s to %s", decided, n, what, list[0].Name(), list[n-1].Name()), By: by})
		return
	}
	for _, p := range list {
		decision := Decision{Time: now, Script: p.key, Decided: decided, By: by}
		if p.route {
			decision.Endpoint = p.Name().String()
		}
		d.log.add(decision)
	}
}

// logRules logs what was decided about standing rules in one call.
func (d *Decisions) logRules(rules []DenialRule, decided string, by Author, now time.Time) {
	if n := len(rules); n > maxLoggedScripts {
		d.log.add(Decision{Time: now, Decided: fmt.Sprintf("%s: %d patterns, %s to %s", decided, n, rules[0], rules[n-1]), By: by})
		return
	}
	for _, r := range rules {
		decision := Decision{Time: now, Script: Key{Root: r.Root, Path: r.String()}, Host: r.Host, Decided: decided, By: by}
		if r.OfEndpoint() {
			decision.Endpoint = r.String()
		}
		d.log.add(decision)
	}
}
