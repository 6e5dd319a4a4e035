package caddymodule

import (
	"time"

	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// reportContained logs and emits that an operator contained the site, or rehearses it.
func (s *siteState) reportContained(c baseline.Containment, logger *zap.Logger, emit emitter) {
	logger.Warn("contained: only trusted scripts are served", zap.String("site", s.name),
		zap.Bool("rehearsal", c.Rehearse), zap.Time("until", c.Until))
	emit("containment", containmentData(s.name, c, true))
}

// reportReleased logs and emits that an operator ended the containment.
func (s *siteState) reportReleased(logger *zap.Logger, emit emitter) {
	logger.Warn("released from containment", zap.String("site", s.name))
	emit("containment", containmentData(s.name, baseline.Containment{}, false))
}

// lapse reports a containment whose time is over.
func (s *siteState) lapse(now time.Time, logger *zap.Logger, emit emitter) {
	m := s.memory.Load()
	if m == nil {
		return
	}
	c, lapsed := m.Containment.Lapse(now)
	if !lapsed {
		return
	}
	logger.Warn("containment has ended: its time is over", zap.String("site", s.name), zap.Bool("rehearsal", c.Rehearse))
	emit("containment", containmentData(s.name, baseline.Containment{}, false))
}

// emitter hands on an event.
type emitter func(name string, data map[string]any)

// containmentData is what the event says.
func containmentData(site string, c baseline.Containment, on bool) map[string]any {
	data := map[string]any{"site": site, "contained": on, "rehearse": c.Rehearse}
	if !c.Until.IsZero() {
		data["until"] = c.Until.Format(time.RFC3339)
	}
	return data
}
