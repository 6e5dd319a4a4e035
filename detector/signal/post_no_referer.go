package signal

import (
	"math"
)

// postNoReferer: a request with a payload came from no page: no Referer and no
// Origin.
//
// Bits: 14 of 15 recorded AntSword, Behinder and Godzilla sessions (0.93)
// against the site's own rate of such requests, which starts at 0.1 with the
// weight of ten requests. Between 1.5 and 4: a form is sent from a page, but
// programs call scripts too.
//
// Defeated by: a forged header. It is why this never decides alone.
var postNoReferer = Signal{
	ID: 1020, Name: "post-no-referer", Family: Provenance,
	Bits: func(f *Features) float64 {
		if !f.Request.Payload || !f.Request.Unreferred {
			return 0
		}
		return clamp(math.Log2(0.93/f.Site.UnreferredPosts), 1.5, 4)
	},
	Why: func(f *Features) string {
		if f.Request.OriginKnown {
			return "a payload without Referer and Origin: no page sent it"
		}
		return "a payload without Referer: no page sent it"
	},
}
