package detector

import (
	"slices"
	"testing"
)

func TestCatalog(t *testing.T) {
	var ids []int
	names := map[string]bool{}
	for _, s := range Catalog() {
		ids = append(ids, s.ID)
		if names[s.Name] || s.Name == "" || s.Bits == nil || s.Why == nil {
			t.Errorf("signal %d %q is incomplete or not unique", s.ID, s.Name)
		}
		names[s.Name] = true
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != len(Catalog()) {
		t.Errorf("IDs %v", ids)
	}
	if len(ids) > maxFindings {
		t.Errorf("%d signals, room for %d findings", len(ids), maxFindings)
	}
	// Others rely on these.
	for name, id := range map[string]int{"new-script": 1001, "new-method": 1002, "materialised": 1003, "denied": 1090} {
		if !slices.ContainsFunc(Catalog(), func(s *Signal) bool { return s.Name == name && s.ID == id }) {
			t.Errorf("%s is not %d", name, id)
		}
	}
}

// fixed returns a detector with signals of fixed bits.
func fixed(signals ...*Signal) *Detector {
	d := &Detector{options: DefaultOptions(), signals: signals}
	for _, s := range signals {
		if s.Family.gate() || s.HighPrior {
			d.gates = append(d.gates, s)
		}
	}
	return d
}

func signal(family Family, bits float64) *Signal {
	return &Signal{Family: family, Bits: func(*Facts) float64 { return bits }}
}

func TestScore(t *testing.T) {
	for _, tt := range []struct {
		name    string
		signals []*Signal
		score   float64
		verdict Verdict
	}{
		{"nothing fires", nil, 0, Clean},
		{"no gate opens", []*Signal{signal(Payload, 99), signal(Client, 99)}, 0, Clean},
		{"negative evidence opens no gate", []*Signal{signal(Host, -5), signal(Payload, 99)}, 0, Clean},
		{"of a family only the extremes count", []*Signal{signal(Shift, 5), signal(Shift, 11), signal(Shift, -1), signal(Shift, -2)}, 9, Clean},
		{"families add up", []*Signal{signal(Shift, 8), signal(Payload, 8)}, 16, Malicious},
		{"access stays below malicious", []*Signal{signal(Novelty, 12), signal(Client, 4), signal(Provenance, 4)}, 15.9, Suspicious},
		{"but adds to what agrees", []*Signal{signal(Novelty, 12), signal(Client, 4), signal(Host, 1)}, 16.9, Malicious},
	} {
		var j Judgement
		j.reset(&Facts{Exchange: &Exchange{}})
		fixed(tt.signals...).weigh(&j)
		if j.Score != tt.score || j.Verdict != tt.verdict {
			t.Errorf("%s: score %v %v, want %v %v", tt.name, j.Score, j.Verdict, tt.score, tt.verdict)
		}
		if (j.Verdict == Clean) != (len(j.Findings()) == 0) {
			t.Errorf("%s: %v with %d findings", tt.name, j.Verdict, len(j.Findings()))
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"a suffix":                 func(o *Options) { o.Suffixes = []string{"php"} },
		"learning for no time":     func(o *Options) { o.Limits.LearnMin = 0 },
		"coverage of all":          func(o *Options) { o.Limits.Coverage = 1 },
		"no scripts":               func(o *Options) { o.Limits.MaxScripts = 0 },
		"suspicious of everything": func(o *Options) { o.Suspicious = 0 },
		"thresholds reversed":      func(o *Options) { o.Suspicious = 17 },
	} {
		o := DefaultOptions()
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
