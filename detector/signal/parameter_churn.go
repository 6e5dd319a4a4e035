package signal

import (
	"fmt"
)

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
	Bits: func(f *Features) float64 {
		h := &f.Evidence.History
		if h.Taken < churnPayloads || h.Fresh*5 < h.Taken*4 || f.Script.Trusted() && !f.Evidence.Strange {
			return 0
		}
		return 4
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("%d of %d payloads brought parameters that none before had", f.Evidence.History.Fresh, f.Evidence.History.Taken)
	},
}
