package adminapi

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// RehearsedDays is how far back a rehearsal looks for scripts that it would have refused.
const RehearsedDays = 7

const maxContained = 366 * 24 * time.Hour

// Containment is what the API answers about a site's containment or its rehearsal.
type Containment struct {
	Site      string     `json:"site"`
	Contained bool       `json:"contained"`
	Rehearsal bool       `json:"rehearsal"`
	Since     *time.Time `json:"since"`
	Until     *time.Time `json:"until"` // null for no end
	// Before is the containment, or the rehearsal, that was on when one was asked for.
	Before *ContainedBefore `json:"before,omitempty"`
	// Refused is what it refused; in a rehearsal what it would have refused, but for what
	// was trusted or denied since. What evidence stands against comes first, worst first,
	// then what was refused most often. Unlisted counts the requests for which there was
	// no room in the list.
	Refused  []RefusedScript `json:"refused"`
	Unlisted uint64          `json:"unlisted"`
	// Recent are scripts that are neither trusted nor denied and were visited in the last
	// seven days, in a rehearsal.
	Recent []Script `json:"recent"`
}

// ContainedBefore is a containment to which a new end may have been given.
type ContainedBefore struct {
	Since time.Time  `json:"since"`
	Until *time.Time `json:"until"` // null for no end
}

// RefusedScript is a script that a containment refused, or a rehearsal would have.
type RefusedScript struct {
	Path string `json:"path"` // of a route its template
	Root string `json:"root,omitempty"`
	// Endpoint is its name, which approve takes, and Kind says whether it is a script or a
	// route.
	Endpoint string    `json:"endpoint"`
	Kind     string    `json:"kind"`
	Known    bool      `json:"known"`
	Trust    string    `json:"trust"` // its trust now, or unknown
	Count    uint64    `json:"count"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Methods  []string  `json:"methods"`
	// Evidence is null if no request to the script was flagged. That containment refused
	// one is no evidence.
	Evidence *Evidence `json:"evidence"`
}

func (c *siteCall) containmentAnswer() *Containment {
	s := &Containment{Site: c.settings.Name, Refused: []RefusedScript{}, Recent: []Script{}}
	k, on := c.memory.Containment.Active(c.now)
	if on {
		s.Contained, s.Rehearsal, s.Since = !k.Rehearse, k.Rehearse, &k.Since
		s.Until = endOf(k)
	}
	list, unlisted := c.memory.Containment.Refusals()
	s.Unlisted = unlisted
	for _, r := range list {
		name := c.refusedName(r.Key)
		e := RefusedScript{Path: r.Path, Root: r.Root, Endpoint: name.String(), Kind: kindOf(name), Known: r.Known, Trust: unknownScript, Count: r.Count, First: r.First, Last: r.Last, Methods: []string{}, Evidence: c.evidence(r.Key)}
		if p := c.memory.Scripts.Lookup(r.Key); p != nil {
			if s.Rehearsal && c.decidedSince(p) {
				continue
			}
			e.Trust = c.memory.TrustOf(p).String()
		}
		for _, m := range r.Methods {
			e.Methods = append(e.Methods, m.String())
		}
		s.Refused = append(s.Refused, e)
	}
	slices.SortStableFunc(s.Refused, func(a, b RefusedScript) int { return cmp.Compare(b.Evidence.weight(), a.Evidence.weight()) })
	if s.Rehearsal {
		since := c.now.AddDate(0, 0, -RehearsedDays)
		recent := slices.Concat(c.memory.Scripts.Overdue(since), c.memory.OverdueRoutes(since))
		for _, p := range recent[:min(len(recent), defaultListed)] {
			s.Recent = append(s.Recent, c.newScript(p))
		}
	}
	return s
}

// refusedName names what was refused: a path that names no script is a route's.
func (c *siteCall) refusedName(key baseline.Key) baseline.EndpointName {
	if p := c.memory.Scripts.Lookup(key); p != nil {
		return p.Name()
	}
	if namer, err := scriptpath.NewNamer(c.settings.Suffixes); err == nil && namer.Name(key.Path).Script {
		return baseline.EndpointName{Script: key.Path}
	}
	return baseline.EndpointName{Route: key.Path}
}

// decidedSince reports whether containment serves, or refuses anyway, what a rehearsal listed.
func (c *siteCall) decidedSince(p *baseline.Profile) bool {
	return c.memory.TrustOf(p) != baseline.Provisional
}

func (c *siteCall) containment() error { return reply(c.w, c.containmentAnswer()) }

// endOf is when a containment ends by itself, or nil.
func endOf(k baseline.Containment) *time.Time {
	if k.Until.IsZero() {
		return nil
	}
	return &k.Until
}

func (c *siteCall) contain() error {
	var order struct {
		For      *caddy.Duration `json:"for"` // 0 for no end; nil keeps the end of one that is on
		Rehearse bool            `json:"rehearse"`
	}
	if err := c.decode(&order, true); err != nil {
		return err
	}
	var length time.Duration
	if order.For != nil {
		length = time.Duration(*order.For)
	}
	if length < 0 || length > maxContained {
		return apiError(http.StatusBadRequest, "for: %s: want at most %s, or 0s for no end", length, maxContained)
	}
	return c.change(func() (any, bool, error) {
		before, on := c.memory.Containment.Active(c.now)
		if on && !before.Rehearse && order.Rehearse {
			return nil, false, apiError(http.StatusConflict, "site %q is contained, and a rehearsal would end that: release it first", c.settings.Name)
		}
		again := on && before.Rehearse == order.Rehearse
		changed := !again || order.For != nil
		if changed {
			k := c.memory.Containment.Begin(length, order.Rehearse, c.by, c.now)
			if again {
				c.site.EndChanged(before, k)
			} else {
				c.site.Contained(k)
			}
		}
		answer := c.containmentAnswer()
		if again {
			answer.Before = &ContainedBefore{Since: before.Since, Until: endOf(before)}
		}
		return answer, changed, nil
	})
}

func (c *siteCall) release() error {
	return c.change(func() (any, bool, error) {
		released := c.memory.Containment.Release(c.by, c.now)
		if released {
			c.site.Released()
		}
		return c.containmentAnswer(), released, nil
	})
}
