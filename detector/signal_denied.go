package detector

import "github.com/webshell-guard/caddy-webshell-guard/baseline"

// denied: an operator has denied the script. It is not weighed: the script is
// refused in every mode.
var denied = Signal{
	ID: 1090, Name: "denied", Family: Host,
	Bits: func(*Facts) float64 { return 0 },
	Why:  func(*Facts) string { return "an operator denied it" },
}

// deniedPath finds a path that names no script and that an operator denied all the
// same.
func (d *Detector) deniedPath(m *Memory, f *Facts, root, path string) bool {
	if m.Scripts.Count(baseline.Denied) == 0 {
		return false
	}
	key := baseline.Key{Root: root, Path: d.namer.Name(path).Full}
	p := m.Scripts.Lookup(key)
	if p == nil || p.Trust() != baseline.Denied {
		return false
	}
	f.Key, f.Profile = key, p
	return true
}

// Denied reports whether an operator denied the script.
func (f *Facts) Denied() bool {
	return f.Profile != nil && f.Profile.Trust() == baseline.Denied
}
