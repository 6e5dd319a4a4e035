package detector

import "fmt"

// opaqueLength is from how many characters a value is opaque: longer than keys,
// signatures and tokens of common applications, which are 256 bits of Base64 or
// hexadecimal, or several such.
const opaqueLength = 256

// opaqueValue: the payload is one long value that nobody can read.
//
// Bits: 3. Eight of 15 recorded AntSword, Behinder and Godzilla sessions sent one
// (0.53); of honest payloads to a script nobody has seen about one in 16 is
// taken to, an estimate: view states and tokens. log₂ 0.53/0.06 = 3.1.
//
// Defeated by: splitting the value, or sending words.
var opaqueValue = Signal{
	ID: 1040, Name: "opaque-value", Family: Payload,
	Bits: func(f *Facts) float64 {
		if f.Trusted() && !f.strange() || len(f.Body) < opaqueLength || opaqueRun(f.Body) < opaqueLength {
			return 0
		}
		return 3
	},
	Why: func(f *Facts) string {
		return fmt.Sprintf("its payload has %d characters that nobody can read", opaqueRun(f.Body))
	},
}

// notAForm: the request says that its body is a form, and it is none.
//
// Bits: 5. Four of 15 recorded sessions (0.27); browsers and programs that fill in
// forms never do it, the honest rest is taken for one in 100. log₂ 0.27/0.01 = 4.8.
//
// Defeated by: telling the truth about the type.
var notAForm = Signal{
	ID: 1041, Name: "not-a-form", Family: Payload,
	Bits: func(f *Facts) float64 {
		if len(f.Body) < 16 || !f.saysForm() || isForm(f.Body) {
			return 0
		}
		return 5
	},
	Why: func(*Facts) string { return "its body is not the form that it says it is" },
}
