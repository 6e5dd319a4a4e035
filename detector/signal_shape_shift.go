package detector

import (
	"fmt"
	"math"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// shapeShift: a known script answers parameters that it knows as it never answered
// them: by another class of status, another type, or another order of size. It is
// how a backdoor inside a script shows that takes its commands in a parameter of the
// script's own.
//
// Bits: P(x | shell) is 0.5, an estimate as for answerShift. The honest term is
// (k+½)/(n+1) with k kinds in n answers to these parameters. At most 6. Of requests
// that only read those count that bring a long unreadable value: pages grow.
//
// Defeated by: output of the usual type and size; parameters that are sent rarely.
var shapeShift = Signal{
	ID: 1017, Name: "shape-shift", Family: Shift,
	Bits: func(f *Facts) float64 {
		if f.Phase != baseline.Enforcing || f.Profile == nil || f.Novel() || f.FellThrough || f.Stage != AtResponse {
			return 0
		}
		if !f.CarriesPayload() && opaqueRunOf(f.Query, opaqueQuery) == 0 {
			return 0
		}
		in, answers, kinds := f.unlikeUse()
		if in == baseline.UnlikeNone || answers < answersNeeded {
			return 0
		}
		return clamp(math.Log2(0.5*float64(answers+1)/(float64(kinds)+0.5)), 0, 6)
	},
	Why: func(f *Facts) string {
		in, answers, _ := f.unlikeUse()
		what := fmt.Sprintf("%d bytes", f.Length)
		switch in {
		case baseline.UnlikeStatus:
			what = fmt.Sprintf("status %d", f.Status)
		case baseline.UnlikeType:
			what = fmt.Sprintf("the type %.40q", f.ContentType)
		}
		return fmt.Sprintf("it answered parameters that it knows with %s: none of %d answers to them was like that", what, answers)
	},
}

// unlikeUse compares the answer with those to the same parameters. How long it is
// counts when it is over.
func (f *Facts) unlikeUse() (in baseline.Unlike, answers, kinds int) {
	look := baseline.RequestFeatures{Query: f.Query, Form: f.form(), Type: f.ContentType, Answered: -1}
	if f.Ended {
		look.Answered = f.Length
	}
	return f.Profile.UnlikeAnswer(f.Site.Hash, &look, f.Method, f.Status)
}
