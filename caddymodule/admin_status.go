package caddymodule

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// siteStatus is what GET sites/{site} answers.
type siteStatus struct {
	Site     string  `json:"site"`
	Phase    string  `json:"phase"`
	Mode     string  `json:"mode"`
	Coverage float64 `json:"coverage"`
	Target   float64 `json:"target"`
	// Missing says what learning still lacks; empty once it has ended.
	Missing string `json:"missing"`
	// ContainedUntil is null if the site is not contained, or without end.
	ContainedUntil *time.Time `json:"contained_until"`
	Contained      bool       `json:"contained"`
	Rehearsal      bool       `json:"rehearsal"`
	Scripts        struct {
		Trusted     int `json:"trusted"`
		Provisional int `json:"provisional"`
		Denied      int `json:"denied"`
	} `json:"scripts"`
	Routes       int    `json:"routes"`
	Alerts24h    uint64 `json:"alerts_24h"`
	WouldBlock24 uint64 `json:"would_block_24h"`
	WouldBlock7d uint64 `json:"would_block_7d"`
	Requests24h  uint64 `json:"requests_24h"`
	// SnapshotAge is in seconds; null if nothing was stored yet.
	SnapshotAge *float64 `json:"snapshot_age"`
	Faults      []string `json:"faults"`
}

func (a *App) status(g *guarded, m *detector.Memory, now time.Time) *siteStatus {
	s := &siteStatus{Site: g.state.name, Mode: g.mode.String(), Target: g.shape.Coverage, Routes: m.Routes.Count()}
	s.Phase = m.Phases.Advance(now, g.shape.Limits).String()
	s.Coverage, _ = m.Coverage.Value()
	s.Missing = missing(m.Site, g.shape.Limits, now)
	if c, on := m.Containment.Active(now); on {
		s.Contained, s.Rehearsal = !c.Rehearse, c.Rehearse
		if !c.Until.IsZero() && !c.Rehearse {
			s.ContainedUntil = &c.Until
		}
	}
	s.Scripts.Trusted, s.Scripts.Provisional, s.Scripts.Denied = m.Scripts.Count(baseline.Trusted), m.Scripts.Count(baseline.Provisional), m.Scripts.Count(baseline.Denied)
	day, week := g.state.activity.last(24, now), g.state.activity.last(activityHours, now)
	s.Alerts24h, s.WouldBlock24, s.WouldBlock7d, s.Requests24h = day.alerts, day.wouldBlock, week.wouldBlock, day.requests
	if saved := m.Saved(); !saved.IsZero() {
		age := max(0, now.Sub(saved).Seconds())
		s.SnapshotAge = &age
	}
	s.Faults = a.faults(g, m.Site, now)
	return s
}

// missing says what learning still lacks.
func missing(s *baseline.Site, l baseline.Limits, now time.Time) string {
	if !s.Phases.Closed().IsZero() {
		return ""
	}
	var parts []string
	if rest := l.LearnMin - now.Sub(s.Phases.Started()); rest > 0 {
		parts = append(parts, fmt.Sprintf("%s of the minimum time of %s", rest.Round(time.Second), l.LearnMin))
	}
	if coverage, samples := s.Coverage.Value(); coverage < l.Coverage {
		parts = append(parts, fmt.Sprintf("coverage: %.3f of %v, from %d samples (first visits of a script by a client network on a day)", coverage, l.Coverage, samples))
	}
	if c, on := s.Containment.Active(now); on && !c.Rehearse {
		parts = append(parts, "the end of the containment: nothing is learned in it")
	}
	return strings.Join(parts, "; ")
}

func listSites(a *App, w http.ResponseWriter) error {
	list := []*siteStatus{}
	if a != nil {
		now := time.Now()
		for _, g := range a.guarded() {
			m, _ := a.open(g.state)
			list = append(list, a.status(g, m, now))
		}
	}
	return reply(w, list)
}

func (c *siteCall) status() error { return reply(c.w, c.app.status(c.g, c.memory, c.now)) }

func (c *siteCall) enforce() error {
	if err := c.decode(&struct{}{}, true); err != nil {
		return err
	}
	return c.change(func() (any, bool, error) {
		changed := c.memory.Phases.Enforce("the admin API said so", c.now)
		return c.app.status(c.g, c.memory, c.now), changed, nil
	})
}

func (c *siteCall) relearn() error {
	if err := c.decode(&struct{}{}, true); err != nil {
		return err
	}
	return c.change(func() (any, bool, error) {
		if k, on := c.memory.Containment.Active(c.now); on && !k.Rehearse {
			return nil, false, apiError(http.StatusConflict, "site %q is contained, and nothing is learned: release it first", c.g.state.name)
		}
		c.memory.Phases.Relearn("the admin API said so", c.now)
		c.g.state.endTold.Store(false)
		c.app.emit("phase", map[string]any{"site": c.g.state.name, "phase": baseline.Learning.String()})
		return c.app.status(c.g, c.memory, c.now), true, nil
	})
}
