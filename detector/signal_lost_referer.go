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
// script's own rate of such payloads, (k+½)/(n+1). At most 1.9 by itself, because postNoReferer
// says the same of the site: together with a client that is new (4 and 4) it is no
// verdict, as honest programs look like that too. At most 5 if what it was sent, or
// answered, is not what forms are.
//
// Defeated by: a forged header; a script that programs call too.
var lostReferer = Signal{
	ID: 1016, Name: "lost-referer", Family: Shift,
	Bits: func(f *Facts) float64 {
		if f.Phase != baseline.Enforcing || f.Profile == nil || f.Novel() || f.FellThrough || !f.CarriesPayload() || !f.Unreferred() {
			return 0
		}
		if !f.knowsOrigins() {
			return 0
		}
		most := 1.9
		if opaqueValue.Bits(f) > 0 || notAForm.Bits(f) > 0 || bareAnswer.Bits(f) > 0 {
			most = 5
		}
		all, nowhere := f.Profile.ReferredPayloads()
		return clamp(math.Log2(0.93*float64(all+1)/(float64(nowhere)+0.5)), 0, most)
	},
	Why: func(f *Facts) string {
		all, nowhere := f.Profile.ReferredPayloads()
		return fmt.Sprintf("a payload from no page: %d of %d before", nowhere, all)
	},
}

// knowsOrigins reports whether it is known where the script's payloads come from.
func (f *Facts) knowsOrigins() bool {
	if f.Profile == nil || f.Novel() {
		return false
	}
	all, _ := f.Profile.ReferredPayloads()
	return all >= payloadsNeeded
}
