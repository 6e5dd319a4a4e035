package caddymodule

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// conflictQuiet is the least time between two log lines about one conflict.
const conflictQuiet = 10 * time.Minute

// A storageConflict is that another process stores a site of this name in the same
// storage. Nothing is stored while it lasts: what each has decided stays its own.
type storageConflict struct {
	generation    string // that the other stored last
	since, logged time.Time
}

// isForeign reports whether a site was not stored because another process stores it.
func isForeign(err error) bool {
	_, is := errors.AsType[*baseline.ForeignError](err)
	return is
}

// noteConflict keeps and logs what the outcome of a save says of a conflict. An error of
// storage says nothing.
func (s *siteState) noteConflict(err error, now time.Time, logger *zap.Logger) {
	known := s.conflict.Load()
	foreign, is := errors.AsType[*baseline.ForeignError](err)
	switch {
	case is:
		c := storageConflict{generation: foreign.Generation, since: now}
		if known != nil {
			c.since, c.logged = known.since, known.logged
		}
		if now.Sub(c.logged) >= conflictQuiet {
			c.logged = now
			logger.Error("the site is not stored: another Caddy stores a site of this name in the same storage; "+
				"give each node a site name of its own, or restart this Caddy to take over what the other stored",
				zap.String("site", s.name), zap.String("generation", c.generation), zap.Time("since", c.since))
		}
		s.conflict.Store(&c)
	case err == nil && known != nil:
		s.conflict.Store(nil)
		logger.Info("the site is stored again", zap.String("site", s.name), zap.Time("conflict_since", known.since))
	}
}

// fault says what is wrong, for the status.
func (c *storageConflict) fault() string {
	return fmt.Sprintf("nothing is stored since %s: another Caddy stores a site of this name in the same storage, last as generation %s; "+
		"what was decided here since then holds here until a restart: give each node a site name of its own, or restart this Caddy to take over what the other stored",
		c.since.UTC().Format(time.RFC3339), c.generation)
}
