package signal

import (
	"fmt"
	"math"
)

// newChannel: a known script is sent a header field or cookie that it was never
// sent, with a long value that nobody can read.
//
// Bits: P(x | shell) is 0.5 for one that takes commands there. The honest term is
// how often the script's visits brought such a name at all, at most one for each it
// knows, (k+½)/(n+1). At most 7: browsers and proxies get new fields. Networks that
// brought it since learning ended take away up to 3 ([recurrence]).
//
// Defeated by: a name that the script knows, such as its session's.
var newChannel = Signal{
	ID: 1008, Name: "new-channel", Family: Shift,
	Bits: func(f *Features) float64 {
		s := &f.Script
		if s.NewChannel == "" {
			return 0
		}
		bits := clamp(math.Log2(0.5*float64(s.Visits+1)/(float64(s.KnownNames)+0.5)), 0, 7)
		return max(0, bits-recurrence(s.ChannelSince))
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("a long value in %s, which none of %d visits had", f.Script.NewChannel, f.Script.Visits) + cameSince(f.Script.ChannelSince)
	},
}
