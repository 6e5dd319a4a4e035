package signal

import (
	"fmt"
	"math"
	"time"
)

// A site of which learning knows that more than a fifth of its samples go to
// scripts not seen before, by at least 20 samples, was told to enforce too early, or
// serves sources of programs as files: there the floor does not hold.
const (
	ownRateSamples = 20
	ownRateHigh    = 0.2
)

// bornToday is how many bits a new script has where one comes every day.
const bornToday = 5.0

// newRoute is by how many bits a name that may stand for a script is less where the site
// has routes: applications get new ones, of which eight in nine are taken to be none, an
// estimate.
const newRoute = 3.0

// newScript: a script that was not there while the site was learned.
//
// Bits: P(new | shell) is 1 for a shell dropped after learning; P(new | honest)
// is the site's own rate of visits to scripts not seen before (Good–Turing).
// The floor of 9 is the 1,365 in a million visits that went to a new script on
// four public sites (log₂ 1/0.001365 = 9.5), rounded down; the ceiling of 12
// keeps a very quiet site from deciding by novelty alone. A payload adds 2: where
// POSTs are frequent they are 17.5 % of requests (AIT's intranet log), of recorded
// shell sessions 93 %; log₂ 0.93/0.175 = 2.4. Networks that visited it since take
// away up to 3: a page that many people find is less likely a shell, but never
// trusted for it. From a payload they take away 1: reading vouches for no command.
//
// Reading a script where scripts are born as a habit, on at least three days of
// learning, is less: 5 bits where one came every day, one more for each halving.
// On a public log with two to four new articles a day 60 % of visits go to scripts
// of the day (0.7 bits); the rest is held for what shells do there.
//
// A name without suffix that takes a payload counts as well, where no file tells that it
// stands for no script: 3 bits less where the site has routes.
//
// Defeated by: a shell in a script that existed before (see newMethod).
var newScript = Signal{
	ID: NewScriptID, Name: "new-script", Family: Novelty,
	Bits: func(f *Features) float64 {
		if !f.Script.Novel || f.Script.Route {
			return 0
		}
		floor := 9.0
		if f.Site.Samples >= ownRateSamples && f.Site.UnseenRate > ownRateHigh {
			floor = bornToday
		}
		bits := clamp(-math.Log2(f.Site.UnseenRate), floor, 12)
		discount := 3.0
		switch share := f.Site.CreationRate; {
		case f.Request.Payload:
			bits, discount = min(bits+2, 12), 1
		case share > 0 && !f.Script.Upload:
			bits = clamp(bornToday-math.Log2(share), bornToday, bits)
		}
		if f.Script.Profiled {
			bits -= clamp(math.Log2(float64(max(1, f.Script.Networks))), 0, discount)
		}
		if f.Script.AmongRoutes {
			bits -= newRoute
		}
		return bits
	},
	Why: func(f *Features) string {
		if f.Script.Guessed && !f.Script.Profiled {
			return fmt.Sprintf("it may stand for a script: the name was never seen before, and none of %d visits touched it", f.Site.Visits)
		}
		if !f.Script.Profiled {
			return fmt.Sprintf("never seen before: none of %d visits touched it", f.Site.Visits)
		}
		why := fmt.Sprintf("first seen %s ago, after learning ended; none of %d visits learned from touched it", age(f.Now.Sub(f.Script.FirstSeen)), f.Site.Visits)
		if n := f.Script.Networks; n > 0 {
			why += fmt.Sprintf(", %d client networks since", n)
		}
		return why
	},
}

// age puts how long something is ago into words.
func age(ago time.Duration) string {
	ago = max(0, ago)
	if ago >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(ago.Hours()/24))
	}
	return ago.Round(time.Second).String()
}
