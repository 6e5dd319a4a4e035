package caddymodule

import (
	"time"

	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// reportChanges tells once of scripts that came together.
func (s *siteState) reportChanges(now time.Time, logger *zap.Logger, emit emitter) {
	m := s.memory.Load()
	if m == nil {
		return
	}
	for _, c := range m.Changes.Tell(now, false) {
		m.Activity.CountAlert(now)
		directory, after, client := printable.Escape(c.Directory.Path), printable.Escape(c.After), ""
		if c.Client.IsValid() {
			client = c.Client.String()
		}
		emit("alert", map[string]any{
			"site": s.name, "client": client, "method": "", "uri": directory, "status": 0, "verdict": detector.Suspicious.String(), "score": 0.0,
			"script": directory, "action": actionNone.String(), "stage": "change", "signals": []string{"new-script"}, "scripts": len(c.Scripts), "after": after,
		})
		logger.Warn("change", zap.String("site", s.name), zap.String("sentence", printable.Escape(c.Sentence())), zap.String("directory", directory),
			zap.Int("scripts", len(c.Scripts)), zap.Time("since", c.Since), zap.String("client", client), zap.String("after", after))
	}
}
