package signal

import (
	"fmt"
	"math"
)

// newEndpoint: a front controller that is known was asked by a route that is not, and
// answered otherwise than it does to names that are not there.
//
// Bits: 7 for a payload, 3 for a read, estimates: what an attacker adds behind a front
// controller is always a new route, and applications get new ones with each release.
// New content lies under templates that are known. Networks that asked for it since take
// away up to 3 bits. Alone, and with who asked and whence, it is never malicious.
//
// Defeated by: an operation of a route that is known.
var newEndpoint = Signal{
	ID: 1009, Name: "new-endpoint", Family: Novelty,
	Bits: func(f *Features) float64 {
		s := &f.Script
		if !s.NewEndpoint {
			return 0
		}
		bits := 3.0
		if f.Request.Payload {
			bits = 7
		}
		return bits - clamp(math.Log2(float64(max(1, s.Networks))), 0, 3)
	},
	Why: func(f *Features) string {
		why := fmt.Sprintf("it was asked by %s, which is new", f.Script.Endpoint)
		if n := f.Script.Networks; n > 0 {
			why += fmt.Sprintf(": %d client networks since", n)
		}
		return why
	},
}
