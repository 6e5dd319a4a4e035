package signal

import "fmt"

// VariedOrders is in how many orders of size one network must have been answered.
const VariedOrders = 3

// variedAnswers: one client network asks a new script for the same, and is answered in three
// orders of size or more, which are powers of four. So is one that sends payloads from no page
// to a new route, or strangely to an endpoint whose answers to payloads were never of three
// orders: from no page, or by a method that is new. A page is about as long each time; the output of commands is not,
// wherever the commands hide.
//
// Bits: 6 for reads. All of 15 recorded sessions did, by the sixth request (0.97 with one half
// for the next); of 364 pairs of a client network and a page that it asked for the same three
// times and more on four public logs none did, so that the honest share is at most 0.82 % with
// 95 % confidence; log₂ 0.97/0.0082 = 6.9, rounded down. For payloads 5, an estimate of one in 30: the logs had 18
// such pairs, and one of these at an endpoint that answers so to everybody.
//
// Defeated by: answers of one size, or one command for each client network.
var variedAnswers = Signal{
	ID: 1052, Name: "varied-answers", Family: Response,
	Bits: func(f *Features) float64 {
		switch {
		case f.Evidence.AnswerOrders < VariedOrders:
			return 0
		case f.Request.Payload:
			return 5
		}
		return 6
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("what the same network asked was answered in %d orders of size", f.Evidence.AnswerOrders)
	},
}
