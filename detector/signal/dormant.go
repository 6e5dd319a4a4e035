package signal

import (
	"fmt"
	"time"
)

// dormant: a known script that nobody visited for months is sent a payload.
//
// Bits: 6, half of the most that a new script has: that a page was good a season ago says half as
// much about today. Sites forget old scripts; those who look for one to put a
// backdoor in, or who left one, do not.
//
// Defeated by: visiting it with a payload every 120 days from the time of
// learning on.
var dormant = Signal{
	ID: 1005, Name: "dormant", Family: Novelty,
	Bits: func(f *Features) float64 {
		if f.Script.Dormant == 0 || !f.Request.Payload {
			return 0
		}
		return 6
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("nobody visited it for %d days", int(f.Script.Dormant/(24*time.Hour)))
	},
}
