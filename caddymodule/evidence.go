package caddymodule

import "time"

// expireEvidence deletes evidence that is too old, and changes that were decided about, also where nothing else is learned.
func (s *siteState) expireEvidence(now time.Time) {
	if m := s.memory.Load(); m != nil {
		m.Evidence.Expire(now)
		m.Changes.Expire(now)
	}
}
