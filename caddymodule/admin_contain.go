package caddymodule

import (
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

const (
	// rehearsedDays is how far back a rehearsal looks for what it would have refused.
	rehearsedDays = 7
	maxContained  = 366 * 24 * time.Hour
	maxDeploy     = 7 * 24 * time.Hour
	usualDeploy   = 10 * time.Minute
)

// containmentStatus is what is known of the containment.
type containmentStatus struct {
	Site      string     `json:"site"`
	Contained bool       `json:"contained"`
	Rehearsal bool       `json:"rehearsal"`
	Since     *time.Time `json:"since"`
	Until     *time.Time `json:"until"` // null for no end
	// Refused is what it refused, or in a rehearsal would have, most often first. Unlisted
	// counts the requests for which there was no room in the list.
	Refused  []refusedScript `json:"refused"`
	Unlisted uint64          `json:"unlisted"`
	// Recent are scripts that are not trusted and were visited in the last seven days,
	// in a rehearsal.
	Recent []scriptEntry `json:"recent"`
}

type refusedScript struct {
	Path    string    `json:"path"`
	Root    string    `json:"root,omitempty"`
	Known   bool      `json:"known"`
	Count   uint64    `json:"count"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Methods []string  `json:"methods"`
}

func (c *siteCall) containmentStatus() *containmentStatus {
	s := &containmentStatus{Site: c.g.state.name, Refused: []refusedScript{}, Recent: []scriptEntry{}}
	k, on := c.memory.Containment.Active(c.now)
	if on {
		s.Contained, s.Rehearsal, s.Since = !k.Rehearse, k.Rehearse, &k.Since
		if !k.Until.IsZero() {
			s.Until = &k.Until
		}
	}
	list, unlisted := c.memory.Containment.Refusals()
	s.Unlisted = unlisted
	for _, r := range list {
		e := refusedScript{Path: r.Path, Root: r.Root, Known: r.Known, Count: r.Count, First: r.First, Last: r.Last, Methods: []string{}}
		for _, m := range r.Methods {
			e.Methods = append(e.Methods, m.String())
		}
		s.Refused = append(s.Refused, e)
	}
	if s.Rehearsal {
		recent := c.memory.Scripts.Overdue(c.now.AddDate(0, 0, -rehearsedDays))
		for _, p := range recent[:min(len(recent), defaultListed)] {
			s.Recent = append(s.Recent, newScriptEntry(p))
		}
	}
	return s
}

func (c *siteCall) containment() error { return reply(c.w, c.containmentStatus()) }

func (c *siteCall) contain() error {
	var order struct {
		For      caddy.Duration `json:"for"`
		Rehearse bool           `json:"rehearse"`
	}
	if err := c.decode(&order, true); err != nil {
		return err
	}
	length := time.Duration(order.For)
	if length < 0 || length > maxContained {
		return apiError(http.StatusBadRequest, "for: %s: want more than 0 and at most %s, or nothing for no end", length, maxContained)
	}
	return c.change(func() (any, bool, error) {
		if k, on := c.memory.Containment.Active(c.now); on && !k.Rehearse && order.Rehearse {
			return nil, false, apiError(http.StatusConflict, "site %q is contained, and a rehearsal would end that: release it first", c.g.state.name)
		}
		k := c.memory.Containment.Begin(length, order.Rehearse, "the admin API said so", c.now)
		c.app.logger.Warn("contained: only trusted scripts are served", zap.String("site", c.g.state.name),
			zap.Bool("rehearsal", k.Rehearse), zap.Time("until", k.Until))
		c.app.emit("containment", containmentData(c.g.state.name, k, true))
		return c.containmentStatus(), true, nil
	})
}

func (c *siteCall) release() error {
	return c.change(func() (any, bool, error) {
		released := c.memory.Containment.Release("the admin API said so", c.now)
		if released {
			c.app.logger.Warn("released from containment", zap.String("site", c.g.state.name))
			c.app.emit("containment", containmentData(c.g.state.name, baseline.Containment{}, false))
		}
		return c.containmentStatus(), released, nil
	})
}

// deployed is what deploy answers.
type deployed struct {
	Site    string    `json:"site"`
	Until   time.Time `json:"until"`
	Trusted int       `json:"trusted"` // scripts of the manifest
	Listed  int       `json:"listed"`  // those among data, which somebody should look at
	NoRoom  int       `json:"no_room"`
}

func (c *siteCall) deploy() error {
	order := struct {
		For      *caddy.Duration `json:"for"`
		Manifest []string        `json:"manifest"`
	}{}
	if err := c.decode(&order, true); err != nil {
		return err
	}
	length := usualDeploy
	if order.For != nil {
		length = time.Duration(*order.For)
	}
	if length < 0 || length > maxDeploy {
		return apiError(http.StatusBadRequest, "for: %s: want at most %s, or 0s to end the deploy window", length, maxDeploy)
	}
	patterns, err := c.patterns(order.Manifest)
	if err != nil {
		return err
	}
	for _, p := range patterns {
		if p.exact == "" {
			return apiError(http.StatusBadRequest, "manifest: %q: want paths, not patterns", p.text)
		}
	}
	return c.change(func() (any, bool, error) {
		files := map[string]baseline.FileManifest{}
		keys, _ := c.match(patterns, true)
		for _, key := range keys {
			m := files[key.Root]
			if scriptpath.DataDirectory(key.Path) != "" {
				m.Listed = append(m.Listed, key.Path)
			} else {
				m.Scripts = append(m.Scripts, key.Path)
			}
			files[key.Root] = m
		}
		answer := deployed{Site: c.g.state.name, Until: c.now.Add(length)}
		c.memory.Decisions.Deploy(length, "the admin API said so", c.now)
		for root, m := range files {
			trusted, listed, noRoom := c.memory.Decisions.Adopt(m, root, "a manifest given to the admin API", c.now, c.g.shape.Limits)
			answer.Trusted, answer.Listed, answer.NoRoom = answer.Trusted+trusted, answer.Listed+listed, answer.NoRoom+noRoom
		}
		return answer, true, nil
	})
}
