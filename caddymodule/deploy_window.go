package caddymodule

import (
	"time"

	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// reportDeploying logs that an operator opened a deploy window, or gave it a new end.
func (s *siteState) reportDeploying(w baseline.DeployWindow, logger *zap.Logger) {
	logger.Warn("a deploy window is open: scripts that appear are taken for the operator's",
		zap.String("site", s.name), zap.Time("since", w.Since), zap.Time("until", w.Until))
}

// reportDeployed logs that a deploy window has ended, and how many scripts came in it.
func (s *siteState) reportDeployed(w baseline.DeployWindow, scripts int, logger *zap.Logger) {
	logger.Warn("the deploy window has ended: scripts that came in it are provisional until they are approved",
		zap.String("site", s.name), zap.Int("scripts", scripts), zap.Time("since", w.Since), zap.Time("until", w.Until))
}

// lapseDeploy reports a deploy window whose time is over.
func (s *siteState) lapseDeploy(now time.Time, logger *zap.Logger) {
	m := s.memory.Load()
	if m == nil {
		return
	}
	if w, lapsed := m.Decisions.LapseDeploy(now); lapsed {
		s.reportDeployed(w, m.Scripts.CountDeployed(w), logger)
	}
}
