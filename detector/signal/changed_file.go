package signal

import (
	"fmt"
	"math"
	"time"
)

// alteredMost is the most that the change of a known script's file, or of its
// configuration, says, in bits: half of a suspicion. A payload from nowhere by a network
// that nobody has seen, which is 4 to 6 bits on most sites, makes one of it; what the
// site's visitors send is none.
const alteredMost = 5.0

// alteredRead is the same for a request that only reads: with 1.8 for no Referer and 4 at
// most for an unknown network, what a link in a mail looks like, it stays below 10.
const alteredRead = 4.0

// alteration weighs a change of a known script by the bits that it has at most.
func alteration(f *Features, bits float64) float64 {
	if f.Request.Payload {
		return clamp(bits, 0, alteredMost)
	}
	return clamp(bits, 0, alteredRead)
}

// changedFile: the file of a known script was changed after learning had ended, and not
// in a deploy window, nor before an operator approved of the script.
//
// Bits: P(x | shell) is 1 for a backdoor in a script that exists; the honest term is the
// share of the site's other scripts that were changed, from 0.03 with the weight of
// twenty scripts. At most 5, and 4 for a read: after an update one plugin's scripts are all that changed. An
// update of the whole site leaves less than one bit. Silent for requests with neither
// payload nor query.
//
// Defeated by: a backdoor that comes with an update; a script that includes another file
// which is not asked for by its name.
var changedFile = Signal{
	ID: 1072, Name: "changed-file", Family: Host,
	Bits: func(f *Features) float64 {
		if f.Script.Novel || f.Script.FileAltered.IsZero() {
			return 0
		}
		return alteration(f, -math.Log2(f.Script.AlteredShare))
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("its file was changed %s ago, after learning ended, as %.0f %% of the site's scripts were", since(f, f.Script.FileAltered), 100*f.Script.AlteredShare)
	},
}

// configurationChanged: a file that configures the directories of a known script is new,
// or was changed, after learning had ended, and not in a deploy window.
//
// Bits: 5, and 4 for a read, an estimate: a .user.ini, .htaccess or web.config can have any script run
// another one first. Applications write them, too: one site in forty between two
// approvals. log₂ 0.8/0.025. Silent for requests with neither payload nor query.
//
// Defeated by: configuration outside the document root, or of another name.
var configurationChanged = Signal{
	ID: 1070, Name: "configuration-changed", Family: Host,
	Bits: func(f *Features) float64 {
		if f.Script.Novel || f.Script.Configuration.IsZero() {
			return 0
		}
		return alteration(f, alteredMost)
	},
	Why: func(f *Features) string {
		return fmt.Sprintf("%s, which configures its directory, was changed %s ago, after learning ended", f.Script.ConfiguredBy, since(f, f.Script.Configuration))
	},
}

// since puts into words how long ago something was.
func since(f *Features, at time.Time) string { return age(f.Now.Sub(at)) }
