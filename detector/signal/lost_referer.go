package signal

import (
	"fmt"
	"math"
)

// payloadsNeeded is how many payloads a script must have taken until it says
// something that they came from pages.
const payloadsNeeded = 20

// lostReferer: a script whose payloads come from its pages is sent one from nowhere.
//
// Bits: log₂ 0.93 (14 of 15 recorded shell sessions send no Referer) against the
// script's own rate of such payloads, (k+½)/(n+1), counted once for each client network
// and day: one client's thousand requests are one. At most 1.9 by itself, because postNoReferer
// says the same of the site: together with a client that is new (4 and 4) it is no
// verdict, as honest programs look like that too. At most 5 if what it was sent, or
// answered, is not what forms are, or has a long value that nobody can read.
//
// Defeated by: a forged header; a script that programs call too.
var lostReferer = Signal{
	ID: 1016, Name: "lost-referer", Family: Shift,
	Bits: func(f *Features) float64 {
		s, e := &f.Script, &f.Evidence
		if s.Payloads < payloadsNeeded || s.FellThrough || !f.Request.Payload || !f.Request.Unreferred {
			return 0
		}
		most := 1.9
		if e.Opaque.Where != "" || e.NotAForm || e.BareAnswer && unusual(f) {
			most = 5
		}
		return clamp(math.Log2(0.93*float64(s.PayloadSamples+1)/(float64(s.Unreferred)+0.5)), 0, most)
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("a payload from no page: %d of %d before, counted once for each network and day", f.Script.Unreferred, f.Script.PayloadSamples)
	},
}
