package detector

import (
	"slices"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

func TestCatalog(t *testing.T) {
	var ids []int
	names := map[string]bool{}
	catalog := append(signal.Catalog(), signal.Decisions()...)
	for _, s := range catalog {
		ids = append(ids, s.ID)
		if names[s.Name] || s.Name == "" || s.Bits == nil || s.Why == nil {
			t.Errorf("signal %d %q is incomplete or not unique", s.ID, s.Name)
		}
		names[s.Name] = true
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != len(catalog) {
		t.Errorf("IDs %v", ids)
	}
	if len(ids) > maxFindings {
		t.Errorf("%d signals, room for %d findings", len(ids), maxFindings)
	}
	// Others rely on these.
	for name, id := range map[string]int{"new-script": 1001, "new-method": 1002, "materialised": 1003, "denied": 1090} {
		if !slices.ContainsFunc(catalog, func(s *signal.Signal) bool { return s.Name == name && s.ID == id }) {
			t.Errorf("%s is not %d", name, id)
		}
	}
}

// fixed returns a detector with signals of fixed bits.
func fixed(signals ...*signal.Signal) *Detector {
	d := &Detector{options: DefaultOptions()}
	d.use(signals)
	return d
}

func evidence(family signal.Family, bits float64) *signal.Signal {
	return &signal.Signal{Family: family, Bits: func(*signal.Features) float64 { return bits }}
}

func TestScore(t *testing.T) {
	for _, tt := range []struct {
		name    string
		signals []*signal.Signal
		score   float64
		verdict Verdict
	}{
		{"nothing fires", nil, 0, Clean},
		{"no gate opens", []*signal.Signal{evidence(signal.Payload, 99), evidence(signal.Client, 99)}, 0, Clean},
		{"negative evidence opens no gate", []*signal.Signal{evidence(signal.Host, -5), evidence(signal.Payload, 99)}, 0, Clean},
		{"of a family only the extremes count", []*signal.Signal{evidence(signal.Shift, 5), evidence(signal.Shift, 11), evidence(signal.Shift, -1), evidence(signal.Shift, -2)}, 9, Clean},
		{"families add up", []*signal.Signal{evidence(signal.Shift, 8), evidence(signal.Payload, 8)}, 16, Malicious},
		{"access stays below malicious", []*signal.Signal{evidence(signal.Novelty, 12), evidence(signal.Client, 4), evidence(signal.Provenance, 4)}, 15.9, Suspicious},
		{"so does a shift with access", []*signal.Signal{evidence(signal.Shift, 11), evidence(signal.Client, 4), evidence(signal.Provenance, 4)}, 15.9, Suspicious},
		{"and a shift in something new", []*signal.Signal{evidence(signal.Novelty, 6), evidence(signal.Shift, 11), evidence(signal.Client, 4)}, 15.9, Suspicious},
		{"a payload agrees", []*signal.Signal{evidence(signal.Shift, 11), evidence(signal.Client, 4), evidence(signal.Provenance, 4), evidence(signal.Payload, 1)}, 16.9, Malicious},
		{"an answer agrees", []*signal.Signal{evidence(signal.Shift, 11), evidence(signal.Client, 4), evidence(signal.Response, 3)}, 18, Malicious},
		{"but adds to what agrees", []*signal.Signal{evidence(signal.Novelty, 12), evidence(signal.Client, 4), evidence(signal.Host, 1)}, 16.9, Malicious},
	} {
		var j Judgement
		if d := fixed(tt.signals...); d.gateOpens(&j.features) {
			d.weigh(&j)
		}
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
