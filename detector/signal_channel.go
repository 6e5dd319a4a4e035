package detector

import (
	"fmt"
	"math"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// channelLength is from how many unreadable characters the value of a new header
// or cookie is more than a flag or an identifier.
const channelLength = 64

// newChannel: a known script is sent a header field or cookie that it was never
// sent, with a long value that nobody can read.
//
// Bits: P(x | shell) is 0.5 for one that takes commands there. The honest term is
// how often the script's visits brought such a name at all, at most one for each it
// knows, (k+½)/(n+1). At most 7: browsers and proxies get new fields.
//
// Defeated by: a name that the script knows, such as its session's.
var newChannel = Signal{
	ID: 1008, Name: "new-channel", Family: Shift,
	Bits: func(f *Facts) float64 {
		if f.Phase != baseline.Enforcing || f.Profile == nil || f.Novel() || len(f.Header) == 0 || f.strangeChannel() == "" {
			return 0
		}
		visits, _ := f.Profile.MethodCounts()
		names := f.Profile.HeaderNames() + f.Profile.CookieNames()
		return clamp(math.Log2(0.5*float64(visits+1)/(float64(names)+0.5)), 0, 7)
	},
	Why: func(f *Facts) string {
		visits, _ := f.Profile.MethodCounts()
		return fmt.Sprintf("a long value in %s, which none of %d visits had", f.strangeChannel(), visits)
	},
}

// strangeChannel names a header field or cookie that the script does not know and
// that has a long unreadable value, or returns "".
func (f *Facts) strangeChannel() string {
	for c := range f.opaqueChannels(channelLength) {
		if !f.Profile.KnowsName(f.Site.Hash, c.name, c.kind == "cookie") {
			return fmt.Sprintf("the %s %.40q", c.kind, c.name)
		}
	}
	return ""
}
