package signal

import (
	"fmt"
	"math"
)

const (
	siteRateScripts = 10
	siteRateMost    = 6.0
	// furtherMethod is the most that a new method is worth to a script that takes payloads
	// by another one.
	furtherMethod = 3.0
)

// newMethod: a known script takes a method that does more than read, for the
// first time.
//
// Bits: P(x | shell) is 1 for a backdoor in a page that was only ever read; the
// honest term is how often this script's visits brought a method not seen
// before, (n₁+½)/(n+1) with n₁ methods seen once in n visits (Good–Turing). At
// most 11, so that a first honest webhook on a busy page is not yet malicious.
// A script with few visits has no rate to speak of: there the site's says more, the
// share of its scripts that take payloads, up to 6 bits if ten or more are known.
// At most 4 if the request named a script that is missing and fell through to
// this one: that is what every scanner's probe for other people's scripts does.
// At most 3 if the script takes payloads by another method, as with WebDAV's first
// DELETE: a backdoor there needs no new method. P(x | shell) is taken for 0.1 and
// P(x | honest) for one in 80, both estimates. The answer is compared with nothing
// then: all that are known are to other methods.
// Networks that used the method since learning ended take away up to 3, as for
// a new script: a form that many people send is less likely a backdoor, but the
// method is known only once an operator approved of it.
//
// Defeated by: commands in the query, a cookie or a header of a GET; a host
// script that takes POST already; a backdoor in the front controller that is
// called by a missing script's name.
var newMethod = Signal{
	ID: 1002, Name: "new-method", Family: Shift,
	Bits: methodSurprise,
	Why: func(f *Features) string {
		why := fmt.Sprintf("%s: 0 of %d before", f.Request.MethodName, f.Script.Visits)
		if n := f.Script.StrangeNetworks; n > 0 {
			why += fmt.Sprintf(", %d client networks tried since", n)
		}
		return why
	},
}

// methodSurprise is how many bits the method of the request says.
func methodSurprise(f *Features) float64 {
	s := &f.Script
	if !s.StrangeMethod {
		return 0
	}
	most := 11.0
	switch {
	case s.TakesPayloads:
		most = furtherMethod
	case s.FellThrough:
		most = 4
	}
	bits := math.Log2(float64(s.Visits+1) / (float64(s.MethodsOnce) + 0.5))
	if f.Site.PayloadScripts >= siteRateScripts {
		bits = max(bits, min(-math.Log2(f.Site.PayloadShare), siteRateMost))
	}
	return max(0, clamp(bits, 0, most)-clamp(math.Log2(float64(max(1, s.StrangeNetworks))), 0, 3))
}
