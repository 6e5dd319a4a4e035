package signal

import (
	"fmt"
	"math"
)

// newEndpoint: a front controller that is known was asked by a route that is not, and
// answered otherwise than it does to names that are not there; or a script or route was
// asked for an operation that is new, by a parameter whose values tell its operations apart.
//
// Bits: 7 for a payload, 3 for a read, estimates: what an attacker adds behind a front
// controller is always a new route or operation, and applications get new ones with each
// release. New content lies under templates that are known. Networks that asked for it since
// take away up to 3 bits. Alone, and with who asked and whence, it is never malicious. A new
// operation has names of parameters of its own: [newParameter] counts only what is beyond.
//
// Defeated by: an operation that is known; a parameter that is no selector.
var newEndpoint = Signal{
	ID: 1009, Name: "new-endpoint", Family: Novelty,
	Bits: endpointSurprise,
	Why: func(f *Features) string {
		why := fmt.Sprintf("it was asked by %s, which is new", f.Script.Endpoint)
		if n := f.Script.Networks; n > 0 {
			why += fmt.Sprintf(": %d client networks since", n)
		}
		return why
	},
}

// endpointSurprise is how many bits it says that the endpoint is new.
func endpointSurprise(f *Features) float64 {
	s := &f.Script
	if !s.NewEndpoint {
		return 0
	}
	bits := 3.0
	if f.Request.Payload {
		bits = 7
	}
	return bits - clamp(math.Log2(float64(max(1, s.Networks))), 0, 3)
}
