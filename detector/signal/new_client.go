package signal

import (
	"math"
)

// newClient: the client's network has not been seen on the site lately.
//
// Bits: about 0.7 of attackers' requests to a fresh shell come from a network
// the site had not seen (an estimate: uploads are often made from the same),
// against the site's own rate of such visits. Between 1 and 4. While the site is
// learned every network is new at first.
//
// Defeated by: visiting a page before.
var newClient = Signal{
	ID: 1030, Name: "new-client", Family: Client,
	Bits: func(f *Features) float64 {
		e := &f.Evidence
		if e.ClientSeen || !e.ClientKnown || !f.Enforcing {
			return 0
		}
		return clamp(math.Log2(0.7/f.Site.FreshClients), 1, 4)
	},
	Why: func(*Features) string { return "the site served its network nothing lately that was clean" },
}
