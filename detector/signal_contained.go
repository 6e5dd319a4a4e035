package detector

import "fmt"

// contained: the site is contained, and nobody vouches for what was asked for. It
// is not weighed: containment refuses in every mode.
var contained = Signal{
	ID: 1091, Name: "contained", Family: Host,
	Bits: func(*Facts) float64 { return 0 },
	Why: func(f *Facts) string {
		if f.Profile == nil {
			return "the site is contained, and the baseline does not know it"
		}
		return fmt.Sprintf("the site is contained, and it is %s, not trusted", f.Profile.Trust())
	},
}
