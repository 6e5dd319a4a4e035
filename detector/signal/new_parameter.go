package signal

import (
	"fmt"
	"math"
)

// newParameter: a known script is sent parameters that it was never sent.
//
// Bits: P(x | shell) is 0.9: a backdoor in an existing script listens to names of
// its own. The honest term is how often this script's visits brought a new name,
// at most one for each name it knows: (k+½)/(n+1) with k names in n visits. At
// least the share of client networks that brought a name which no other did. At
// most 9, and at most 4 if the script knows some of the names: an application gets
// a new form field now and then, but not a form of which it knows nothing. Silent
// where no name was ever seen in a body, as in logs, which have none. Of requests
// that only read those count that bring a long unreadable value: links get new
// parameters every day. Names that were not read, because the body was cut off, is
// compressed or has too many, count as one name: scripts that were sent such bodies know it.
// Networks that brought the name since learning ended take away up
// to 3 ([recurrence]), and that the operation is new as much as [newEndpoint] says: it has
// names of its own. The name is known only once an operator approved of the script.
//
// Defeated by: using the names that the script has.
var newParameter = Signal{
	ID: 1006, Name: "new-parameter", Family: Shift,
	Bits: parameterSurprise,
	Why: func(f *Features) string {
		s := &f.Script
		why := fmt.Sprintf("%d of its %d parameters are new to the script, which knew %d after %d visits", s.NewParams, s.Params, s.KnownParams, s.Visits)
		if s.ParamsCut {
			why += "; names that could not be read count as one"
		}
		return why + cameSince(s.ParamsSince)
	},
}

// parameterSurprise is how many bits the names of the parameters say.
func parameterSurprise(f *Features) float64 {
	s := &f.Script
	if s.NewParams == 0 || s.FellThrough || s.KnownParams == 0 && f.Request.Payload {
		return 0
	}
	most := 9.0
	if s.NewParams < s.Params {
		most = 4
	}
	names := (float64(s.KnownParams) + 0.5) / float64(s.Visits+1)
	if s.LearnedNetworks > 0 {
		names = max(names, float64(s.NovelNetworks)/float64(s.LearnedNetworks+1))
	}
	bits := clamp(math.Log2(0.9/names), 0, most)
	return max(0, bits-recurrence(s.ParamsSince)-endpointSurprise(f))
}
