package detector

import (
	"math"
	"strings"

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
	Bits: func(f *Facts) float64 {
		if !f.Upload || f.Trusted() {
			return 0
		}
		if f.CarriesPayload() {
			return 7
		}
		share, _ := f.Site.Scripts.DataShare()
		return clamp(math.Log2(0.4/share), 0, 7)
	},
	Why: func(f *Facts) string {
		return "it lies in " + scriptpath.DataDirectory(f.Key.Path) + ", where data is kept, not programs"
	},
}

// servesSources reports whether a request reads a script among data on a site where
// that is usual: of three such scripts and more, one in ten of the site's or more.
func (f *Facts) servesSources() bool {
	share, scripts := f.Site.Scripts.DataShare()
	return scripts >= 3 && share >= 0.1 && !f.CarriesPayload()
}

// disguisedPath: the path was spelled in a way that means the same script to
// some server, and that no honest client uses.
//
// Bits: 3, an estimate: such spellings serve to get past filters, and are rare
// enough in public logs to have no measurable rate.
//
// Defeated by: spelling the path as everybody does.
var disguisedPath = Signal{
	ID: 1011, Name: "disguised-path", Family: Location,
	Bits: func(f *Facts) float64 {
		if !f.Spelling.Disguised() {
			return 0
		}
		return 3
	},
	Why: func(f *Facts) string { return "its path was spelled " + spellingWords(f.Spelling) },
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
