package signal

import "fmt"

// firstUpgrade: the connection to a known script or route is turned into one of another
// protocol, such as WebSocket, for the first time. What passes through it then is no
// request that anybody judges.
//
// Bits: P(x | shell) is 0.9, because a shell that is used so upgrades first. The honest term is
// the script's own rate, ½ in n+1 visits. Silent below 20 visits. At most 7, and networks take away up
// to 3, as for newMediaType. It is known with the answer: whoever asks for an upgrade that
// the server does not agree to has changed nothing.
//
// Defeated by: a script or route that upgraded while the site was learned.
var firstUpgrade = Signal{
	ID: 1019, Name: "first-upgrade", Family: Shift,
	Bits: func(f *Features) float64 { return kindSurprise(&f.Script.Upgrade, 0.9) },
	Why: func(f *Features) string {
		kind, what := &f.Script.Upgrade, "a tunnel"
		if kind.Name != "" {
			what = fmt.Sprintf("an upgrade to %.40q", kind.Name)
		}
		return what + kindNumbers(kind)
	},
}
