package signal

import (
	"fmt"
	"path"
	"time"
)

// uploadBefore is how long ago an upload was that the next request may be for.
const uploadBefore = 10 * time.Minute

// uploadedBy: the network that asks for a new script uploaded something just before.
//
// Bits: 9 if it was a file of the script's name that a server may run. As for
// uploaded, P(x | shell) is taken for 0.3; that an honest visitor asks for a new
// script that is called like his own upload, for one in 2,000. log₂ 0.3/0.0005 = 9.2.
//
// Otherwise 4, and only of a network that the site has not known for a day: an
// administrator who installs an extension does the same. That whoever uploads a shell
// uses it within ten minutes from the same network is taken for 0.4, that an honest
// stranger reads or sends something new then for one in 50. log₂ 0.4/0.02 = 4.3.
//
// What can have been an upload: a form with a file in it, a PUT of a file, or 1 KiB to
// a known script of which something was strange; answered with success. A long payload
// alone is none: with it, 9 of 459 requests to recorded ordinary applications would
// have been refused.
//
// Defeated by: waiting, or another network, or having visited the site two days before.
var uploadedBy = Signal{
	ID: 1015, Name: "uploaded-by-client", Family: Location,
	Bits: func(f *Features) float64 {
		c := &f.Evidence.Client
		switch {
		case !f.Script.Novel:
			return 0
		case c.Named:
			return 9
		case c.Stranger && c.Uploads && c.SinceUpload <= uploadBefore:
			return 4
		}
		return 0
	},
	Why: func(f *Features) string {
		if f.Evidence.Client.Named {
			return "its network uploaded a file called " + path.Base(f.Script.Path) + " within the hour"
		}
		return fmt.Sprintf("its network, unknown until today, sent what can have been a file %s ago", f.Evidence.Client.SinceUpload)
	},
}
