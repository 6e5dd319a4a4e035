package signal

// notAForm: the request says that its body is a form, and it is none.
//
// Bits: 5. Four of 15 recorded sessions (0.27); browsers and programs that fill in
// forms never do it, the honest rest is taken for one in 100. log₂ 0.27/0.01 = 4.8.
//
// Defeated by: telling the truth about the type.
var notAForm = Signal{
	ID: 1041, Name: "not-a-form", Family: Payload,
	Bits: func(f *Features) float64 {
		if !f.Evidence.NotAForm {
			return 0
		}
		return 5
	},
	Why: func(*Features) string { return "its body is not the form that it says it is" },
}
