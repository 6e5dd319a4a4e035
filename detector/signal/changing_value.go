package signal

import "fmt"

// changingNeeded is how many different values of a field are more than a token that was
// renewed once.
const changingNeeded = 3

// changingValue: one client network sends three different long values that nobody can read
// in a field in which the endpoint was never sent any, and to this endpoint alone. A session's
// cookie comes with each page, and a token stays the same for a while; commands differ.
//
// Bits: all of 15 recorded sessions do (0.97 with one half for the next). In a header field or
// cookie 7 if the lengths are three different ones too; of honest fields of this kind one in 125
// is taken to, an estimate; log₂ 0.97/0.008 = 6.9. Otherwise 4: signatures of a service that calls
// one endpoint differ, but are equally long, taken for one in 16. In a body 5, or 4, as
// programs send data, taken for one in 30.
//
// Defeated by: short values, a field that has such values, or one that is sent to other pages too.
var changingValue = Signal{
	ID: 1044, Name: "changing-value", Family: Payload,
	Bits: func(f *Features) float64 {
		switch c := &f.Evidence.Changing; {
		case c.Values < changingNeeded:
			return 0
		case c.Lengths < changingNeeded:
			return 4
		case c.Body:
			return 5
		}
		return 7
	},
	Why: func(f *Features) string {
		c := &f.Evidence.Changing
		return fmt.Sprintf("its network sent at least %d different values, of %d lengths, in %s, which nobody can read, and to nothing else", c.Values, c.Lengths, c.Where)
	},
}
