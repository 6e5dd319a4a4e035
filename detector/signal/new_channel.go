package signal

import (
	"fmt"
	"math"
)

// newChannel: a known script is sent a long value that nobody can read in a field that it
// never had one in: a header field, a cookie, a parameter, or the body.
//
// Bits: P(x | shell) is 0.5 for one that takes commands there. The honest term is
// how often the script's visits brought a name of a field at all, at most one for each it
// knows, (k+½)/(n+1); or the share of its client networks that brought a name which no other
// did, (n₁+½)/(n+1) (Good–Turing), if that is less: nearly all names came with the first
// browser. At most 7: browsers and proxies get new fields. At most 6 if the
// script knows the field, and 5 for a parameter or the body: people paste what they like.
// Networks that brought a new field since learning ended take away up to 3 ([recurrence]).
//
// Defeated by: a field that has such values, such as its session's cookie.
var newChannel = Signal{
	ID: 1008, Name: "new-channel", Family: Shift,
	Bits: func(f *Features) float64 {
		s := &f.Script
		if s.NewChannel.Name == "" || s.FellThrough {
			return 0
		}
		most := 7.0
		switch {
		case s.NewChannel.Param:
			most = 5
		case s.NewChannel.Known:
			most = 6
		}
		names := (float64(s.KnownNames) + 0.5) / float64(s.Visits+1)
		if s.LearnedNetworks > 0 {
			names = min(names, (float64(s.NamesAlone)+0.5)/float64(s.LearnedNetworks+1))
		}
		bits := clamp(math.Log2(0.5/names), 0, most)
		return max(0, bits-recurrence(s.NewChannel.Since))
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("a long value that nobody can read in %s, which none of %d visits had", f.Script.NewChannel.Name, f.Script.Visits) + cameSince(f.Script.NewChannel.Since)
	},
}
