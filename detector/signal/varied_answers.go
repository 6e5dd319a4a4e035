package signal

import "fmt"

// variedOrders is in how many orders of size one network must have been answered.
const variedOrders = 3

// variedAnswers: a new script that one client network reads, with nothing in the query, answers
// it in three orders of size or more, which are powers of four. A page is about as long each
// time; the output of commands is not, wherever the commands hide.
//
// Bits: 6. All of 15 recorded sessions did, by the sixth request (0.97 with one half for the
// next); of 307 pairs of a client network and a page that it read three times and more on four
// public logs none did, so that the honest share is at most 0.98 % with 95 % confidence;
// log₂ 0.97/0.0098 = 6.6.
//
// Defeated by: answers of one size, or one command for each client network.
var variedAnswers = Signal{
	ID: 1052, Name: "varied-answers", Family: Response,
	Bits: func(f *Features) float64 {
		if f.Evidence.AnswerOrders < variedOrders {
			return 0
		}
		return 6
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("it answered the same network's plain reads in %d orders of size", f.Evidence.AnswerOrders)
	},
}
