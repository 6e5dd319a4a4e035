package baseline

import (
	"fmt"
	"time"
)

// Limits are the settings a site learns under. They travel with each call and
// are not kept, so that a reload changes them without touching what is known.
type Limits struct {
	// LearnMin is the shortest time a site learns. Default 72 h.
	LearnMin time.Duration
	// Coverage ends learning once LearnMin has passed: the estimated
	// probability, 0 to 1, that the next visit is to a known script.
	// Default 0.95; 0 ends learning by time alone.
	Coverage float64
	// MaxScripts bounds the profiles of a site. Default 100,000. Scripts
	// beyond it are counted and judged as unknown.
	MaxScripts int
}

// DefaultLimits returns the defaults.
func DefaultLimits() Limits {
	return Limits{LearnMin: 72 * time.Hour, Coverage: 0.95, MaxScripts: 100_000}
}

// share is the n-th part of the room for profiles, or the smallest quota.
func (l Limits) share(n int) int { return max(l.MaxScripts/n, min(smallestQuota, l.MaxScripts)) }

// Validate reports the first setting that is out of range.
func (l Limits) Validate() error {
	switch {
	case l.LearnMin <= 0:
		return fmt.Errorf("minimum learning time %s: want more than 0", l.LearnMin)
	case !(l.Coverage >= 0 && l.Coverage < 1):
		return fmt.Errorf("coverage %v: want at least 0 and less than 1", l.Coverage)
	case l.MaxScripts <= 0:
		return fmt.Errorf("max_scripts %d: want at least 1", l.MaxScripts)
	}
	return nil
}
