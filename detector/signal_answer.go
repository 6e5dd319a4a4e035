package detector

import (
	"bytes"
	"fmt"
	"math"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// answersNeeded is how many answers a script must have given until one can be
// unlike them.
const answersNeeded = 20

// answerShift: a known script answers a payload as it never answered one: by
// another class of status, or by another order of size.
//
// Bits: P(x | shell) is 0.5, an estimate: what a backdoor prints has a size of its
// own about every second time. The honest term is the script's own rate of
// answers of a new kind, (k+½)/(n+1) with k kinds in n answers. At most 6.
//
// Defeated by: output of the usual size; a script whose answers are of all sizes.
var answerShift = Signal{
	ID: 1007, Name: "answer-shift", Family: Shift,
	Bits: func(f *Facts) float64 {
		if f.Phase != baseline.Enforcing || f.Profile == nil || f.Novel() || !f.CarriesPayload() || f.Stage != AtResponse || f.FellThrough {
			return 0
		}
		kinds, all := f.unlikeAnswer()
		if all < answersNeeded {
			return 0
		}
		return clamp(math.Log2(0.5*(float64(all)+1)/(float64(kinds)+0.5)), 0, 6)
	},
	Why: func(f *Facts) string {
		_, all := f.unlikeAnswer()
		if f.Length >= 0 && f.Profile.StatusVisits(f.Method, f.Status) > 0 {
			return fmt.Sprintf("it answered a payload with %d bytes: none of %d answers was of that order", f.Length, all)
		}
		return fmt.Sprintf("it answered %d to a payload: none of %d answers was of that class", f.Status, all)
	},
}

// unlikeAnswer returns how many kinds of answers there were among how many, if
// this one is like none of them.
func (f *Facts) unlikeAnswer() (kinds, all int) {
	if n := f.Profile.Visits(f.Method); n >= answersNeeded && f.Profile.StatusVisits(f.Method, f.Status) == 0 {
		return 1, int(min(n, math.MaxInt32))
	}
	if !f.Ended || f.Length < 0 {
		return 0, 0
	}
	if alike, n, orders := f.Profile.Answers(f.Method, f.Length); alike == 0 {
		return orders, n
	}
	return 0, 0
}

// bareStart is how much of a page is looked at for markup, in bytes.
const bareStart = 200

// bareAnswer: what says that it is a page has no markup where one begins.
//
// Bits: 3. Thirteen of 15 recorded sessions (0.87); programs that answer scripts
// in pages do it too, taken for one in ten. log₂ 0.87/0.1 = 3.1.
//
// Defeated by: a tag at the beginning of the answer.
var bareAnswer = Signal{
	ID: 1050, Name: "bare-answer", Family: Response,
	Bits: func(f *Facts) float64 {
		if !f.AnswerTaken || len(f.Answer) == 0 || f.Status/100 != 2 || !isPage(f.ContentType) || f.Trusted() && !f.strange() {
			return 0
		}
		if bytes.IndexByte(f.Answer[:min(len(f.Answer), bareStart)], '<') >= 0 {
			return 0
		}
		return 3
	},
	Why: func(*Facts) string { return "it answered with a page that has no markup" },
}
