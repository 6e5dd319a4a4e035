package signal

import (
	"fmt"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// unlistedProgram: a file whose extension is none of a script's takes a payload and answers
// with success, on a site where no program ever answered to that extension. Whoever may
// write an .htaccess makes any file run.
//
// Bits: 9. Of shells that an .htaccess makes run half are taken to have an extension of
// their own; of honest payloads one in 1,000 is taken to be the first to such a name, where
// an application gets an interface. log₂ 0.5/0.001 = 9. It never reaches malicious: the
// name may be an application's own.
//
// Defeated by: an extension by which programs of the site are called; commands in the query
// of a GET.
var unlistedProgram = Signal{
	ID: 1043, Name: "unlisted-program", Family: Payload, HighPrior: true,
	Bits: func(f *Features) float64 {
		if !f.Script.Unlisted || !f.Request.Payload || f.Stage != AtResponse {
			return 0
		}
		return 9
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("it answered %d to a payload, and nothing that ends in %s ever took one", f.Answer.Status, scriptpath.Extension(f.Script.Path))
	},
}
