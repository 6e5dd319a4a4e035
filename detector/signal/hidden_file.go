package signal

// hiddenFile: a new script lies in a directory that the guard may not enter, although it
// may enter the document root.
//
// Bits: 3, an estimate: whoever has a directory of mode 0700 made by the account that
// runs programs keeps the web server from looking into it, which one in ten honest new
// scripts lie in at most. log₂ 0.8/0.1. Where the root itself cannot be entered it says
// nothing of one script, and is silent.
//
// Defeated by: a directory that the guard may enter, where the file speaks for itself.
var hiddenFile = Signal{
	ID: 1071, Name: "hidden-file", Family: Host,
	Bits: func(f *Features) float64 {
		if !f.Script.Novel || !f.Script.FileHidden {
			return 0
		}
		return 3
	},
	Why: func(*Features) string {
		return "the guard may not look at its file: a directory on the way is closed to it"
	},
}
