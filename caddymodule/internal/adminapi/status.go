package adminapi

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// Status is how a site is.
type Status struct {
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
	// DeployUntil is when the deploy window that is open ends; null if none is.
	// DeployScripts is how many scripts came in it.
	DeployUntil   *time.Time `json:"deploy_until"`
	DeployScripts int        `json:"deploy_scripts"`
	Scripts       struct {
		Trusted     int `json:"trusted"`
		Provisional int `json:"provisional"`
		Denied      int `json:"denied"`
	} `json:"scripts"`
	// Standouts is how many scripts stood out when learning ended and were not decided about
	// since.
	Standouts int `json:"standouts"`
	// Changes is how many updates wait for a decision: scripts that came together.
	Changes int `json:"changes"`
	// Denials is how many standing denials there are.
	Denials      int    `json:"denials"`
	Routes       int    `json:"routes"`
	Alerts24h    uint64 `json:"alerts_24h"`
	WouldBlock24 uint64 `json:"would_block_24h"`
	WouldBlock7d uint64 `json:"would_block_7d"`
	Requests24h  uint64 `json:"requests_24h"`
	// ProvenClients is how many clients are refused at an endpoint because a request of
	// theirs to it was malicious; Proven lists the latest of them, and ProvenDropped is how
	// many were dropped because there was no room.
	ProvenClients int            `json:"proven_clients"`
	Proven        []ProvenClient `json:"proven"`
	ProvenDropped uint64         `json:"proven_dropped,omitempty"`
	// SnapshotAge is in seconds; null if nothing was stored yet.
	SnapshotAge *float64 `json:"snapshot_age"`
	Faults      []string `json:"faults"`
}

func statusOf(site Site, now time.Time) *Status {
	o, m := site.Settings(), site.Memory()
	s := &Status{Site: o.Name, Mode: o.Mode, Target: o.Limits.Coverage, Routes: m.Routes.Count(), Denials: len(m.Denials.Rules())}
	s.Phase = m.Phases.Advance(now, o.Limits).String()
	s.Coverage, _ = m.Coverage.Value()
	s.Missing = missing(m.Site, o.Limits, now)
	if c, on := m.Containment.Active(now); on {
		s.Contained, s.Rehearsal = !c.Rehearse, c.Rehearse
		if !c.Until.IsZero() && !c.Rehearse {
			s.ContainedUntil = &c.Until
		}
	}
	if w, open := m.Decisions.Deploying(now); open {
		s.DeployUntil, s.DeployScripts = &w.Until, m.Scripts.CountDeployed(w)
	}
	s.Scripts.Trusted, s.Scripts.Provisional, s.Scripts.Denied = m.Scripts.Count(baseline.Trusted), m.Scripts.Count(baseline.Provisional), m.Scripts.Count(baseline.Denied)
	s.Changes = len(m.Changes.List())
	s.Standouts = len(m.Scripts.Standouts())
	day, week := m.Activity.Last(24, now), m.Activity.Last(7*24, now)
	s.Alerts24h, s.WouldBlock24, s.WouldBlock7d, s.Requests24h = day.Alerts, day.WouldBlock, week.WouldBlock, day.Requests
	s.Proven, s.ProvenClients, s.ProvenDropped = provenClients(m.Site, now)
	if saved := m.Saved(); !saved.IsZero() {
		age := max(0, now.Sub(saved).Seconds())
		s.SnapshotAge = &age
	}
	s.Faults = site.Faults(now)
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

func listSites(sites []Site, w http.ResponseWriter) error {
	list := []*Status{}
	now := time.Now()
	for _, s := range sites {
		list = append(list, statusOf(s, now))
	}
	return reply(w, list)
}

func (c *siteCall) status() error { return reply(c.w, statusOf(c.site, c.now)) }

func (c *siteCall) enforce() error {
	if err := c.decode(&struct{}{}, true); err != nil {
		return err
	}
	return c.change(func() (any, bool, error) {
		changed := c.memory.Phases.Enforce(c.by, c.now)
		return statusOf(c.site, c.now), changed, nil
	})
}

func (c *siteCall) relearn() error {
	if err := c.decode(&struct{}{}, true); err != nil {
		return err
	}
	return c.change(func() (any, bool, error) {
		if k, on := c.memory.Containment.Active(c.now); on && !k.Rehearse {
			return nil, false, apiError(http.StatusConflict, "site %q is contained, and nothing is learned: release it first", c.settings.Name)
		}
		c.memory.Phases.Relearn(c.by, c.now)
		c.site.Relearned()
		return statusOf(c.site, c.now), true, nil
	})
}
