package signal

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// disguisedPath: the path was spelled in a way that means the same script to
// some server, and that no honest client uses.
//
// Bits: 3, an estimate: such spellings serve to get past filters, and are rare
// enough in public logs to have no measurable rate.
//
// An upper-case suffix is none where the server knows no case, the site spells so, or the
// segment can be the name of a service.
//
// Defeated by: spelling the path as everybody does.
var disguisedPath = Signal{
	ID: 1011, Name: "disguised-path", Family: Location,
	Bits: func(f *Features) float64 {
		if !f.Request.Spelling.Disguised() {
			return 0
		}
		return 3
	},
	Why: func(f *Features) string { return "its path was spelled " + spellingWords(f.Request.Spelling) },
}

func spellingWords(s scriptpath.Spelling) string {
	words := []struct {
		bit  scriptpath.Spelling
		text string
	}{
		{scriptpath.SpelledEncoded, "with needless encoding"},
		{scriptpath.SpelledBackslash, "with back-slashes"},
		{scriptpath.SpelledParams, "with path parameters"},
		{scriptpath.SpelledStream, "with a file stream"},
		{scriptpath.SpelledTrailing, "with trailing dots or blanks"},
		{scriptpath.SpelledNUL, "with a NUL byte"},
		{scriptpath.SpelledCase, "with an upper-case suffix"},
	}
	var list []string
	for _, w := range words {
		if s&w.bit != 0 {
			list = append(list, w.text)
		}
	}
	return strings.Join(list, ", ")
}
