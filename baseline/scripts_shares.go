package baseline

import "github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"

// countShares counts the scripts that take payloads, and those among data that are
// only read, when learning has ended.
func (s *Scripts) countShares() {
	payload, data := 0, 0
	for p := range s.All() {
		switch {
		case p.route:
		case p.methods.takesPayloads():
			payload++
		case !p.late.Load() && scriptpath.DataDirectory(p.key.Path) != "":
			data++
		}
	}
	s.payloadScripts.Store(int64(payload))
	s.dataScripts.Store(int64(data))
	s.countSuffixes()
}

// PayloadShare estimates which share of the site's scripts takes payloads,
// greater than 0 and at most 1, as learning left it, and of how many scripts that
// is known.
func (s *Scripts) PayloadShare() (share float64, scripts int) {
	scripts = s.Count(Trusted) + s.Count(Provisional)
	return min(1, (float64(s.payloadScripts.Load())+0.5)/float64(scripts+1)), scripts
}

// DataShare estimates which share of the site's scripts is only read and lies where
// data is kept, such as sources of programs served as files, as learning left it,
// and how many those are. A site of which nothing is known has 0.003, the share of
// honest visits that go there (an estimate), with the weight of ten scripts.
func (s *Scripts) DataShare() (share float64, scripts int) {
	const usual, weight = 0.003, 10
	all := s.Count(Trusted) + s.Count(Provisional)
	scripts = int(s.dataScripts.Load())
	return min(1, (float64(scripts)+usual*weight)/float64(all+weight)), scripts
}
