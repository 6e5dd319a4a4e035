package signal

import (
	"fmt"
	"time"
)

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
	Bits: func(f *Features) float64 {
		if !f.Script.FileOld {
			return 0
		}
		return -3.2
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("its file is %s older than the guard's learning", f.Site.Started.Sub(f.Script.File.Changed).Round(time.Second))
	},
}
