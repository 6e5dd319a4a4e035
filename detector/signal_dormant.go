package detector

import (
	"fmt"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
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
	Bits: func(f *Facts) float64 {
		if f.Phase != baseline.Enforcing || f.Profile == nil || f.Novel() || !f.CarriesPayload() || !f.Profile.Dormant(f.Time) {
			return 0
		}
		return 6
	},
	Why: func(f *Facts) string {
		return fmt.Sprintf("nobody visited it for %d days", int(f.Time.Sub(f.Profile.LastSeen())/(24*time.Hour)))
	},
}
