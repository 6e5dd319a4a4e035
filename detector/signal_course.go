package detector

import (
	"bytes"
	"fmt"
)

// framedAnswers is from how many answers in one frame the frame means something.
const framedAnswers = 5

// wrappedAnswer: a script's answers to payloads all begin and end with the same bytes,
// and what is between them differs in length: a tool marks where its output is.
//
// Bits: 5. Five of 15 recorded sessions (0.33), Godzilla's in Base64, by the seventh
// request. Frames that are markup, JSON or white space are not counted; of honest
// scripts that are new or used strangely the rest is taken for one in 100.
//
// Defeated by: marks that change from answer to answer, or look like markup.
var wrappedAnswer = Signal{
	ID: 1051, Name: "wrapped-answer", Family: Response,
	Bits: func(f *Facts) float64 {
		if c := f.Course; c.Framed < framedAnswers || c.Lengths < frameLengths || f.Trusted() && !f.strange() {
			return 0
		}
		if bytes.ContainsAny(f.Answer[:frameLen], "<>{}[] \t\r\n") || bytes.ContainsAny(f.AnswerEnd, "<>{}[]") {
			return 0
		}
		return 5
	},
	Why: func(f *Facts) string {
		return fmt.Sprintf("%d answers in a row began and ended with the same %d bytes, and differed in length", f.Course.Framed, frameLen)
	},
}

// churnPayloads is from how many payloads names of parameters that never come again
// mean something.
const churnPayloads = 5

// parameterChurn: payloads to a script bring a new name of a parameter nearly every
// time.
//
// Bits: 4. All recorded AntSword sessions do, 5 of 15 (0.33); of honest scripts that
// are new or used strangely one in 50 is taken to. log₂ 0.33/0.02 = 4.0.
//
// Defeated by: using the same names.
var parameterChurn = Signal{
	ID: 1042, Name: "parameter-churn", Family: Payload,
	Bits: func(f *Facts) float64 {
		if c := f.Course; c.Taken < churnPayloads || c.Fresh*5 < c.Taken*4 || f.Trusted() && !f.strange() {
			return 0
		}
		return 4
	},
	Why: func(f *Facts) string {
		return fmt.Sprintf("%d of %d payloads brought parameters that none before had", f.Course.Fresh, f.Course.Taken)
	},
}
