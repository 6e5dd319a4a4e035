package signal

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
	Bits: func(f *Features) float64 {
		shift := &f.Answer.Shape
		if shift.In == baseline.UnlikeNone || shift.Answers < AnswersNeeded {
			return 0
		}
		return clamp(math.Log2(0.5*float64(shift.Answers+1)/(float64(shift.Kinds)+0.5)), 0, 6)
	},
	Why: func(f *Features) string {
		what := fmt.Sprintf("%d bytes", f.Answer.Length)
		switch f.Answer.Shape.In {
		case baseline.UnlikeStatus:
			what = fmt.Sprintf("status %d", f.Answer.Status)
		case baseline.UnlikeType:
			what = fmt.Sprintf("the type %.40q", f.Answer.Type)
		}
		return fmt.Sprintf("it answered parameters that it knows with %s: none of %d answers to them was like that", what, f.Answer.Shape.Answers)
	},
}
