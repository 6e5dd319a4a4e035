package signal

import (
	"path"
)

// uploaded: a new script has the name of a file that a visitor uploaded lately.
//
// Bits: 8. Uploads are how most shells come, and applications that rename them are
// no way for one: P(x | shell) is taken for 0.3. That an honest new script is
// called like a script that a visitor uploaded is taken for one in 1,000;
// log₂ 0.3/0.001 = 8.2.
//
// Defeated by: an application that renames what it stores; a name after the first
// bytes of the request (inspect_body); waiting for 100,000 such uploads.
var uploaded = Signal{
	ID: 1012, Name: "uploaded", Family: Location,
	Bits: func(f *Features) float64 {
		if !f.Evidence.Uploaded {
			return 0
		}
		return 8
	},
	Why: func(f *Features) string {
		return "a visitor uploaded a file called " + path.Base(f.Script.Path) + " lately"
	},
}
