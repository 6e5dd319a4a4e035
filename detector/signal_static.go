package detector

import (
	"fmt"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
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
	Bits: func(f *Facts) float64 {
		switch {
		case !f.Asset || f.Stage != AtResponse:
			return 0
		case f.CarriesPayload():
			return 10
		}
		return 5
	},
	Why: func(f *Facts) string {
		if f.CarriesPayload() {
			return fmt.Sprintf("a file that should be static answered %d to a payload", f.Status)
		}
		return "a file that should be static answered with a page"
	},
}

// staticPlace: a directory that served only static files gives a dynamic answer.
//
// Bits: 10 for a payload that was answered with success, 8 for a page to a query.
// The site's own traffic says that it does not happen there: none in twenty
// visits or more, while a shell or a doorway does nothing else.
//
// Defeated by: a directory with other scripts in it, and making the directory
// dynamic while the site is learned.
var staticPlace = Signal{
	ID: 1014, Name: "static-place", Family: Location, HighPrior: true,
	Bits: func(f *Facts) float64 {
		switch {
		case f.Phase != baseline.Enforcing || f.Trusted() || !f.Place.StaticOnly():
			return 0
		case f.CarriesPayload():
			return 10
		}
		return 8
	},
	Why: func(f *Facts) string {
		static, _ := f.Place.Visits()
		return fmt.Sprintf("its directory served only static files, %d times", static)
	},
}
