package signal

import (
	"fmt"
)

// probesNeeded is how many missing scripts a network asked for that is looking for
// one. Old links lead to a few.
const probesNeeded = 10

// probingClient: the network asked lately for many scripts that are not there, and
// now for a new one that may be.
//
// Bits: 3. Scanners look for shells that others left, an estimate of one in ten of
// those that ask for one. Of 562 visits to scripts that were new after learning on
// four public logs none was made by such a network; because crawlers look for pages
// that are gone it is taken for one in 80. log₂ 0.1/0.0125 = 3.
//
// Defeated by: probing slowly, or from other networks.
var probingClient = Signal{
	ID: 1032, Name: "probing-client", Family: Client,
	Bits: func(f *Features) float64 {
		if f.Evidence.Client.Probes < probesNeeded {
			return 0
		}
		return 3
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("its network asked for about %d scripts that are not there, within two hours", f.Evidence.Client.Probes)
	},
}
