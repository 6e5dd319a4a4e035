package signal

import (
	"fmt"
)

const (
	// framedAnswers is from how many answers in one frame the frame means something.
	framedAnswers = 5
	// FrameLengths is in how many lengths answers of one frame must have come.
	FrameLengths = 3
	// FrameLen is how much of the beginning and the end of answers is compared, in
	// bytes: as much as the tools put there that mark their output.
	FrameLen = 16
)

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
	Bits: func(f *Features) float64 {
		h := &f.Evidence.History
		if h.Framed < framedAnswers || h.Lengths < FrameLengths || !h.Marks || f.Script.Trusted() && !f.Evidence.Strange {
			return 0
		}
		return 5
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("%d answers in a row began and ended with the same %d bytes, and differed in length", f.Evidence.History.Framed, FrameLen)
	},
}
