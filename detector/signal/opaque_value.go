package signal

import (
	"fmt"
)

// opaqueValue: the payload is one long value that nobody can read.
//
// Values of parameters, header fields and cookies count too, for a backdoor that is
// only read; but not those that others bring as long ones to scripts that are known,
// such as a token of the application, nor the Authorization field. Of a trusted script
// only what it is not used to counts.
//
// Bits: 3. Eight of 15 recorded AntSword, Behinder and Godzilla sessions sent one
// (0.53); of honest payloads to a script nobody has seen about one in 16 is
// taken to, an estimate: view states and tokens. log₂ 0.53/0.06 = 3.1.
//
// Defeated by: splitting the value, or sending words.
var opaqueValue = Signal{
	ID: 1040, Name: "opaque-value", Family: Payload,
	Bits: func(f *Features) float64 {
		if f.Evidence.Opaque.Where == "" || !unusual(f) {
			return 0
		}
		return 3
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("%s has %d characters that nobody can read", f.Evidence.Opaque.Where, f.Evidence.Opaque.Length)
	},
}
