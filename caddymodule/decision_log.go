package caddymodule

import (
	"cmp"
	"slices"

	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/printable"
)

// maxLoggedPaths is how many of the scripts of one call its log line names.
const maxLoggedPaths = 20

// reportDecisions logs what an operator decided in one call.
func (s *siteState) reportDecisions(list []baseline.Decision, logger *zap.Logger) {
	if len(list) == 0 {
		return
	}
	var decided, paths []string
	scripts := 0
	for _, d := range list {
		if !slices.Contains(decided, d.Decided) {
			decided = append(decided, d.Decided)
		}
		if d.Script.Path == "" {
			continue
		}
		if scripts++; scripts <= maxLoggedPaths {
			paths = append(paths, printable.Escape(cmp.Or(d.Endpoint, d.Script.Path)))
		}
	}
	logger.Info("decision", zap.String("site", s.name), zap.Strings("decided", decided),
		zap.Strings("scripts", paths), zap.Int("count", scripts), zap.Reflect("by", list[0].By))
}
