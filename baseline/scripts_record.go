package baseline

import "github.com/webshell-guard/caddy-webshell-guard/baseline/sketch"

// scriptsRecord is what is stored of the scripts besides their profiles.
type scriptsRecord struct {
	Visits   int64                 `json:"visits"`
	Networks sketch.DistinctRecord `json:"networks"`
	Rootless bool                  `json:"rootless,omitempty"` // profiles without a root stand for any
	// UpperCase are the networks that asked for upper-case suffixes.
	UpperCase   sketch.DistinctRecord `json:"upper_case,omitzero"`
	IgnoresCase bool                  `json:"ignores_case,omitempty"`
}

func (s *Scripts) record() scriptsRecord {
	return scriptsRecord{
		Visits: s.visits.Value(), Networks: s.networks.Record(nil), Rootless: s.rootless.Load(),
		UpperCase: s.spellings.upper.Record(nil), IgnoresCase: s.IgnoresCase(),
	}
}

func (s *Scripts) restore(rec scriptsRecord) {
	s.visits.Add(rec.Visits)
	s.networks.Restore(rec.Networks)
	s.rootless.Store(rec.Rootless)
	s.spellings.upper.Restore(rec.UpperCase)
	if rec.IgnoresCase {
		s.IgnoreCase()
	}
}

// restoreProfile adds a profile that was stored.
func (s *Scripts) restoreProfile(p *Profile) {
	s.noteDecision(p)
	p.budget = &s.operations
	if _, existed := s.profiles.LoadOrStore(p.key, p); existed {
		return
	}
	s.spellings.add(p)
	s.counter(p, p.Trust()).Add(1)
	s.operations.held.Add(int64(p.selectors.held()))
	s.noteRoute(p)
	if p.late.Load() && !p.route {
		s.quota.countLate(p.key)
	}
}
