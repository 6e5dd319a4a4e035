package signal

import (
	"fmt"
)

// regularPages is how many pages a network has read that is regular, two windows of
// a week together. One of them was read on an earlier day.
const regularPages = 3

// regularClient: a network that read several pages of the site, on an earlier day
// too, reads a new one.
//
// Bits: −1.5. Of 562 visits to scripts that were new after learning on four public
// logs 413 were made by such a network (0.73); of those who use a shell that they
// dropped a quarter is taken to have looked around the day before;
// log₂ 0.25/0.73 = −1.5. If it fetches static files too, as browsers do, −2: 130 of
// the 562 (0.23), and programs that talk to shells fetch none (taken for 0.06).
//
// It says nothing of payloads, of values that can hide a command, nor where the
// file is newer than learning: whoever follows a planted link is a regular.
//
// Defeated by: browsing the site the day before.
var regularClient = Signal{
	ID: 1031, Name: "regular-client", Family: Client,
	Bits: func(f *Features) float64 {
		c := &f.Evidence.Client
		switch {
		case f.Request.Payload || c.Days == 0 || c.Pages < regularPages:
			return 0
		case f.Script.FileChanged || f.Evidence.Opaque.Where != "" && unusual(f):
			return 0
		case c.Assets:
			return -2
		}
		return -1.5
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("its network read the site on %d of the last 31 days, and about %d pages lately", f.Evidence.Client.Days, f.Evidence.Client.Pages)
	},
}
