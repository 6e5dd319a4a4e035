package signal

import (
	"fmt"
	"time"
)

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
	Bits: func(f *Features) float64 {
		if !f.Script.FileChanged {
			return 0
		}
		return 5
	},
	Why: func(f *Features) string {
		changed, closed := f.Script.File.Changed, f.Site.Closed
		return fmt.Sprintf("its file was changed %s ago, %s after learning ended",
			max(0, f.Now.Sub(changed)).Round(time.Second), max(0, changed.Sub(closed)).Round(time.Second))
	},
}
