package detector

import (
	"fmt"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// Options configure a detector.
type Options struct {
	// Suffixes are those of executable files. Default
	// [scriptpath.DefaultSuffixes].
	Suffixes []string
	// Limits are the settings a site learns under.
	Limits baseline.Limits
	// Suspicious and Malicious are the scores, in bits, from which an exchange
	// is so called. Defaults 10 and 16: odds of 2¹⁰ and 2¹⁶ against the prior.
	// If they are equal, every new script is malicious.
	Suspicious, Malicious float64
	// Files looks at the files of scripts; nil if it cannot.
	Files Files
}

// DefaultOptions returns the defaults.
func DefaultOptions() Options {
	return Options{Suffixes: scriptpath.DefaultSuffixes(), Limits: baseline.DefaultLimits(), Suspicious: 10, Malicious: 16}
}

// Detector holds what judging needs besides a site's [Memory]: the options, the names
// of scripts and the signals. It is immutable and safe for concurrent use. An
// [Evaluation] carries an exchange through it.
type Detector struct {
	options Options
	namer   *scriptpath.Namer
	signals []*signal.Signal
	gates   []*signal.Signal // those of the signals that open the gate
	changes ChangeWatch      // nil if nothing tells of changes
}

// New returns a detector, or an error that names the option out of range.
func New(o Options) (*Detector, error) {
	namer, err := scriptpath.NewNamer(o.Suffixes)
	if err != nil {
		return nil, err
	}
	if err := o.Limits.Validate(); err != nil {
		return nil, err
	}
	if !(o.Suspicious > 0 && o.Suspicious <= o.Malicious && o.Malicious < 1000) {
		return nil, fmt.Errorf("thresholds %v %v: want 0 < suspicious <= malicious < 1000", o.Suspicious, o.Malicious)
	}
	if o.Files == nil {
		o.Files = noFiles{}
	}
	d := &Detector{options: o, namer: namer}
	d.changes, _ = o.Files.(ChangeWatch)
	d.use(signal.Catalog())
	return d, nil
}

// use makes the signals those that are weighed.
func (d *Detector) use(signals []*signal.Signal) {
	d.signals, d.gates = signals, nil
	for _, s := range signals {
		if s.Gate() {
			d.gates = append(d.gates, s)
		}
	}
}

// Suffixes lists those of executable files, in lower case and in order.
func (d *Detector) Suffixes() []string { return d.namer.Suffixes() }

// Limits returns the settings sites learn under.
func (d *Detector) Limits() baseline.Limits { return d.options.Limits }
