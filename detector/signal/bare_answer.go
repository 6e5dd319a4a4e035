package signal

// bareAnswer: what says that it is a page has no markup where one begins.
//
// Bits: 3. Thirteen of 15 recorded sessions (0.87); programs that answer scripts
// in pages do it too, taken for one in ten. log₂ 0.87/0.1 = 3.1.
//
// Defeated by: a tag at the beginning of the answer.
var bareAnswer = Signal{
	ID: 1050, Name: "bare-answer", Family: Response,
	Bits: func(f *Features) float64 {
		if !f.Evidence.BareAnswer || !unusual(f) {
			return 0
		}
		return 3
	},
	Why: func(*Features) string { return "it answered with a page that has no markup" },
}
