package signal

import (
	"fmt"
)

// contained: the site is contained, and nobody vouches for what was asked for. It
// is not weighed: containment refuses in every mode.
var contained = Signal{
	ID: ContainedID, Name: "contained", Family: Host,
	Bits: func(*Features) float64 { return 0 },
	Why: func(f *Features) string {
		if !f.Script.Profiled {
			return "the site is contained, and the baseline does not know it"
		}
		return fmt.Sprintf("the site is contained, and it is %s, not trusted", f.Script.Trust)
	},
}
