package caddymodule

import "time"

// expireEvidence deletes evidence that is too old, also where nothing else is learned.
func (s *siteState) expireEvidence(now time.Time) {
	if m := s.memory.Load(); m != nil {
		m.Evidence.Expire(now)
	}
}
