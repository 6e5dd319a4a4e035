package detector

import (
	"fmt"
	"math"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// payloadsNeeded is how many payloads a script must have taken until it says
// something that they came from pages.
const payloadsNeeded = 20

// lostReferer: a script whose payloads come from its pages is sent one from nowhere.
//
// Bits: log₂ 0.93 (14 of 15 recorded shell sessions send no Referer) against the
// script's own rate of such payloads, (k+½)/(n+1). At most 5: some browsers and
// programs send none, and it opens the gate for what else speaks against a payload.
//
// Defeated by: a forged header; a script that programs call too.
var lostReferer = Signal{
	ID: 1016, Name: "lost-referer", Family: Shift,
	Bits: func(f *Facts) float64 {
		if f.Phase != baseline.Enforcing || f.Profile == nil || f.Novel() || f.FellThrough || !f.CarriesPayload() || !f.Unreferred() {
			return 0
		}
		all, nowhere := f.Profile.ReferredPayloads()
		if all < payloadsNeeded {
			return 0
		}
		return clamp(math.Log2(0.93*float64(all+1)/(float64(nowhere)+0.5)), 0, 5)
	},
	Why: func(f *Facts) string {
		all, nowhere := f.Profile.ReferredPayloads()
		return fmt.Sprintf("a payload from no page: %d of %d before", nowhere, all)
	},
}
