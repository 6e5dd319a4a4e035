package signal

import (
	"fmt"
)

// staticDynamic: what should be a static file behaves like a program: it takes a
// payload, or answers with a page.
//
// Bits: 10 for a payload that was answered with success, 5 for a page, estimates:
// servers answer 405 to a POST to a file, and send a picture as a picture. An
// application that shows its page for a missing picture costs the other five.
//
// Defeated by: answering a GET as the file should be answered; a suffix that is
// not in the list of static ones.
var staticDynamic = Signal{
	ID: 1013, Name: "static-dynamic", Family: Location, HighPrior: true,
	Bits: func(f *Features) float64 {
		switch {
		case !f.Script.Asset || f.Stage != AtResponse:
			return 0
		case f.Request.Payload:
			return 10
		}
		return 5
	},
	Why: func(f *Features) string {
		if f.Request.Payload {
			return fmt.Sprintf("a file that should be static answered %d to a payload", f.Answer.Status)
		}
		return "a file that should be static answered with a page"
	},
}
