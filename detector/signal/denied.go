package signal

import "fmt"

// denied: an operator has denied the script. It is not weighed: the script is
// refused in every mode.
var denied = Signal{
	ID: DeniedID, Name: "denied", Family: Host,
	Bits: func(*Features) float64 { return 0 },
	Why: func(f *Features) string {
		if f.Script.DeniedBy != "" {
			return fmt.Sprintf("an operator denied '%s'", f.Script.DeniedBy)
		}
		return "an operator denied it"
	},
}
