package signal

import (
	"math"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// uploadLocation: a script lies in a directory for uploads, caches, temporary
// files or hidden ones, where applications keep data, not programs.
//
// Bits: 7, an estimate: of PHP shells found in incident reports around two in
// five lie in such a directory, of honest visits to scripts about 0.3 % go
// there; log₂ 0.4/0.003 = 7.06. For reads the honest term is the site's own share
// of scripts that lie there and are only read: some sites serve sources of programs
// as files.
//
// Defeated by: any other directory.
var uploadLocation = Signal{
	ID: 1010, Name: "upload-location", Family: Location, HighPrior: true,
	Bits: func(f *Features) float64 {
		switch {
		case !f.Script.Upload || f.Script.Trusted():
			return 0
		case f.Request.Payload:
			return 7
		}
		return clamp(math.Log2(0.4/f.Site.DataShare), 0, 7)
	},
	Why: func(f *Features) string {
		return "it lies in " + scriptpath.DataDirectory(f.Script.Path) + ", where data is kept, not programs"
	},
}
