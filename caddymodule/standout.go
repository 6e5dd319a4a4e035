package caddymodule

import (
	"math"
	"time"

	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// reportStandouts tells once, when learning has ended, which scripts stand out among the
// others: a shell that was there all the time does.
func (s *siteState) reportStandouts(m *detector.Memory, now time.Time, logger *zap.Logger, emit emitter) {
	list, further := m.Scripts.TellStandouts()
	for _, p := range list {
		out, path := p.Standout(), printable.Escape(p.Key().Path)
		bits := math.Round(out.Bits*10) / 10
		m.Activity.CountAlert(now)
		emit("alert", map[string]any{
			"site": s.name, "client": "", "method": "", "uri": path, "status": 0, "verdict": detector.Suspicious.String(), "score": bits,
			"script": path, "action": actionNone.String(), "stage": "learning", "signals": []string{signal.StandoutName},
		})
		logger.Warn("alert", zap.String("site", s.name), zap.String("sentence", path+": "+out.Sentence()),
			zap.String("verdict", detector.Suspicious.String()), zap.Float64("score", bits), zap.String("script", path),
			zap.String("stage", "learning"), zap.Int("networks", p.Networks()),
			zap.Array("signals", signalEntries{{id: signal.StandoutID, name: signal.StandoutName, bits: bits, why: out.Sentence()}}))
	}
	if further > 0 {
		logger.Warn("more scripts stand out: see scripts --review", zap.String("site", s.name), zap.Int("scripts", further))
	}
}
