package detector

import (
	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// The signals of an operator's decisions.
var deniedSignal, containedSignal = decision(signal.DeniedID), decision(signal.ContainedID)

func decision(id int) *signal.Signal {
	for _, s := range signal.Decisions() {
		if s.ID == id {
			return s
		}
	}
	panic("detector: no such decision")
}

// deniedPath finds a path that names no script and that an operator denied all the same.
func (d *Detector) deniedPath(m *Memory, root, path string) (candidate, bool) {
	if m.Scripts.Count(baseline.Denied) == 0 {
		return candidate{}, false
	}
	key := baseline.Key{Root: root, Path: d.namer.Name(path).Full}
	p := m.Scripts.Lookup(key)
	if p == nil || p.Trust() != baseline.Denied {
		return candidate{}, false
	}
	return candidate{key: key, profile: p}, true
}
