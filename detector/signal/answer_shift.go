package signal

import (
	"fmt"
	"math"
)

// AnswersNeeded is how many answers a script must have given until one can be
// unlike them.
const AnswersNeeded = 20

// answerShift: a known script answers a payload as it never answered one: by
// another class of status, or by another order of size.
//
// Bits: P(x | shell) is 0.5, an estimate: what a backdoor prints has a size of its
// own about every second time. The honest term is the script's own rate of
// answers of a new kind, (k+½)/(n+1) with k kinds in n answers. At most 6.
//
// Silent where the method is new to a script that takes payloads by another one.
//
// Defeated by: output of the usual size; a script whose answers are of all sizes.
var answerShift = Signal{
	ID: 1007, Name: "answer-shift", Family: Shift,
	Bits: func(f *Features) float64 {
		shift := &f.Answer.Shift
		if shift.Answers < AnswersNeeded {
			return 0
		}
		return clamp(math.Log2(0.5*(float64(shift.Answers)+1)/(float64(shift.Kinds)+0.5)), 0, 6)
	},
	Why: func(f *Features) string {
		if shift := &f.Answer.Shift; !shift.Status {
			return fmt.Sprintf("it answered a payload with %d bytes: none of %d answers was of that order", f.Answer.Length, shift.Answers)
		}
		return fmt.Sprintf("it answered %d to a payload: none of %d answers was of that class", f.Answer.Status, f.Answer.Shift.Answers)
	},
}
