package signal

import (
	"fmt"
	"math"
)

// newMediaType: a known script is sent a payload of a type that it was never sent: JSON or
// anything else where it took forms, or one without a type. So is a request that only
// reads and has a body, or says so, to a script that was only read without.
//
// Bits: P(x | shell) is 0.5, an estimate: who writes a client chooses the type that suits it.
// The honest term is the script's own rate of types not seen before, (n₁+½)/(n+1) with n₁
// types seen once in n payloads (Good–Turing). Silent below 20 payloads. At most 7, so that
// with a client that is new and comes from no page (4 and 4) it is not yet malicious. Networks that
// sent a new type since learning ended take away up to 3, as for newMethod; the type is
// known only once an operator approved of it.
//
// Defeated by: the type that the script takes.
var newMediaType = Signal{
	ID: 1018, Name: "new-media-type", Family: Shift,
	Bits: mediaSurprise,
	Why: func(f *Features) string {
		kind := &f.Script.Media
		what := "a payload without a type"
		if kind.Name != "" {
			what = fmt.Sprintf("a payload of the type %.40q", kind.Name)
		}
		return what + kindNumbers(kind)
	},
}

// mediaSurprise is how many bits the type of the payload says.
func mediaSurprise(f *Features) float64 { return kindSurprise(&f.Script.Media, 0.5) }

// kindsNeeded is how many payloads a script must have taken until one of another kind says
// something.
const kindsNeeded = 20

// kindSurprise is how many bits a kind of payload says that the script was not sent, with
// the probability that a shell is.
func kindSurprise(kind *PayloadKind, shell float64) float64 {
	if kind.Known || kind.Payloads < kindsNeeded {
		return 0
	}
	bits := math.Log2(shell * float64(kind.Payloads+1) / (float64(kind.Once) + 0.5))
	return max(0, clamp(bits, 0, 7)-clamp(math.Log2(float64(max(1, kind.Networks))), 0, 3))
}

// kindNumbers are the numbers behind it.
func kindNumbers(kind *PayloadKind) string {
	why := fmt.Sprintf(": 0 of %d before", kind.Payloads)
	if kind.Networks > 0 {
		why += fmt.Sprintf(", %d client networks tried since", kind.Networks)
	}
	return why
}
