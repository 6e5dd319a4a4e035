package detector

import (
	"fmt"
	"time"
)

// clockTick is how much older than now a kernel may stamp a file: Linux takes the
// time of its last tick, of which there are at least 100 a second.
const clockTick = 10 * time.Millisecond

// materialised: the file of an unknown script came into being, or was changed,
// after learning had ended.
//
// Bits: 5. On a WordPress, 42 of 45 honest scripts first requested after
// learning were older than it, so P(x | honest) is 3/45 = 0.067; P(x | shell) is
// 0.93 by the same prior the other way round; log₂ 0.93/0.067 = 3.8. An upload
// is what most break-ins are, and a deploy announces itself: one bit more.
//
// Defeated by: a shell planted before or during learning; a root the guard
// cannot read.
var materialised = Signal{
	ID: 1003, Name: "materialised", Family: Host,
	Bits: func(f *Facts) float64 {
		if !f.Novel() || f.File.State != FileThere || f.File.Changed.Before(f.Site.Phases.Closed().Add(-clockTick)) {
			return 0
		}
		return 5
	},
	Why: func(f *Facts) string {
		return fmt.Sprintf("its file was changed %s ago, %s after learning ended",
			max(0, f.Time.Sub(f.File.Changed)).Round(time.Second), max(0, f.File.Changed.Sub(f.Site.Phases.Closed())).Round(time.Second))
	},
}

// oldFile: the file of an unknown script is older than the guard. That is a
// rarely used page.
//
// Bits: −3.2, log₂ 0.1/0.93: the 42 of 45 above, and an estimate of one shell in
// ten that was planted before the guard.
//
// Defeated by: nothing an outsider can do later; it is ctime, which `touch`
// cannot set. A shell planted before learning profits from it. While the clock is
// behind the end of learning it says nothing.
var oldFile = Signal{
	ID: 1004, Name: "old-file", Family: Host,
	Bits: func(f *Facts) float64 {
		if !f.Novel() || f.File.State != FileThere || f.File.Changed.IsZero() || !f.File.Changed.Before(f.Site.Phases.Started()) || f.Time.Before(f.Site.Phases.Closed()) {
			return 0
		}
		return -3.2
	},
	Why: func(f *Facts) string {
		return fmt.Sprintf("its file is %s older than the guard's learning", f.Site.Phases.Started().Sub(f.File.Changed).Round(time.Second))
	},
}
