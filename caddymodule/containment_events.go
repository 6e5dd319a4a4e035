package caddymodule

import (
	"time"

	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// reportContained logs and emits that an operator contained the site, or rehearses it.
func (s *siteState) reportContained(c baseline.Containment, logger *zap.Logger, emit emitter) {
	message := "contained: only trusted scripts are served"
	if c.Rehearse {
		message = "containment is rehearsed: nothing is refused"
	}
	logger.Warn(message, zap.String("site", s.name), zap.Bool("rehearsal", c.Rehearse), timeField("until", c.Until))
	emit("containment", containmentData(s.name, c, true))
}

// reportEndChanged logs and emits that an operator gave a containment another end.
func (s *siteState) reportEndChanged(from, to baseline.Containment, logger *zap.Logger, emit emitter) {
	logger.Warn("the end of the containment has changed", zap.String("site", s.name), zap.Bool("rehearsal", to.Rehearse),
		timeField("from", from.Until), timeField("to", to.Until))
	emit("containment", containmentData(s.name, to, true))
}

// timeField is a time in the log, or nothing if it is zero.
func timeField(name string, at time.Time) zap.Field {
	if at.IsZero() {
		return zap.Skip()
	}
	return zap.Time(name, at)
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
