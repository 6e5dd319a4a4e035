package adminapi

import (
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
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
	// Refused is what it refused, most often first; in a rehearsal what it would have
	// refused, but for what was trusted or denied since. Unlisted counts the requests for
	// which there was no room in the list.
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
	Path    string    `json:"path"`
	Root    string    `json:"root,omitempty"`
	Known   bool      `json:"known"`
	Trust   string    `json:"trust"` // its trust now, or unknown
	Count   uint64    `json:"count"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Methods []string  `json:"methods"`
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
		e := RefusedScript{Path: r.Path, Root: r.Root, Known: r.Known, Trust: unknownScript, Count: r.Count, First: r.First, Last: r.Last, Methods: []string{}}
		if p := c.memory.Scripts.Lookup(r.Key); p != nil {
			if s.Rehearsal && p.Trust() != baseline.Provisional {
				continue
			}
			e.Trust = p.Trust().String()
		}
		for _, m := range r.Methods {
			e.Methods = append(e.Methods, m.String())
		}
		s.Refused = append(s.Refused, e)
	}
	if s.Rehearsal {
		recent := c.memory.Scripts.Overdue(c.now.AddDate(0, 0, -RehearsedDays))
		for _, p := range recent[:min(len(recent), defaultListed)] {
			s.Recent = append(s.Recent, newScript(p))
		}
	}
	return s
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
