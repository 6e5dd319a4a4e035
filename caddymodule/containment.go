package caddymodule

import (
	"time"

	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// lapse tells when a containment has ended by itself.
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
