package detector

import (
	"fmt"
	"math"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// newParameter: a known script is sent parameters that it was never sent.
//
// Bits: P(x | shell) is 0.9: a backdoor in an existing script listens to names of
// its own. The honest term is how often this script's visits brought a new name,
// at most one for each name it knows: (k+½)/(n+1) with k names in n visits. At
// most 9, and at most 4 if the script knows some of the names: an application gets
// a new form field now and then, but not a form of which it knows nothing. Silent
// where no name was ever seen in a body, as in logs, which have none. Of requests
// that only read those count that bring a long unreadable value: links get new
// parameters every day.
//
// Defeated by: using the names that the script has.
var newParameter = Signal{
	ID: 1006, Name: "new-parameter", Family: Shift,
	Bits: func(f *Facts) float64 {
		if f.Phase != baseline.Enforcing || f.Profile == nil || f.Novel() || f.FellThrough {
			return 0
		}
		if !f.CarriesPayload() && opaqueRunOf(f.Query, opaqueQuery) == 0 {
			return 0
		}
		known := f.Profile.Params()
		names, strange := f.strangeParams()
		if strange == 0 || known == 0 && f.CarriesPayload() {
			return 0
		}
		most := 9.0
		if strange < names {
			most = 4
		}
		visits, _ := f.Profile.MethodCounts()
		return clamp(math.Log2(0.9*float64(visits+1)/(float64(known)+0.5)), 0, most)
	},
	Why: func(f *Facts) string {
		names, strange := f.strangeParams()
		visits, _ := f.Profile.MethodCounts()
		return fmt.Sprintf("%d of its %d parameters are new to the script, which knew %d after %d visits", strange, names, f.Profile.Params(), visits)
	},
}

// strangeParams returns how many parameters there are, and how many of them are
// new to the script.
func (f *Facts) strangeParams() (names, strange int) {
	look := baseline.RequestFeatures{Query: f.Query, Form: f.form()}
	return f.Profile.StrangeParams(f.Site.Hash, &look)
}

// strange reports whether a known script is used in a way that it was not.
func (f *Facts) strange() bool { return newMethod.Bits(f) > 0 || newParameter.Bits(f) > 0 }
