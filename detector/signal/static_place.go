package signal

import (
	"fmt"
)

// staticPlace: a directory that served only static files gives a dynamic answer.
//
// Bits: 10 for a payload that was answered with success, 8 for a page to a query.
// The site's own traffic says that it does not happen there: none in twenty
// visits or more, while a shell or a doorway does nothing else. Ten are enough of a page
// that was read itself, and to it a redirect is a dynamic answer too, unless it redirects
// who reads it: a server of files never does that to a payload.
//
// Defeated by: a directory with other scripts in it, and making the directory
// dynamic while the site is learned.
var staticPlace = Signal{
	ID: 1014, Name: "static-place", Family: Location, HighPrior: true,
	Bits: func(f *Features) float64 {
		switch {
		case !f.Enforcing || f.Script.Trusted() || f.Script.StaticVisits == 0:
			return 0
		case f.Request.Payload:
			return 10
		}
		return 8
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("its directory served only static files, %d times", f.Script.StaticVisits)
	},
}
