package detector

import (
	"iter"
	"math/bits"
	"strings"
)

// channel is a header field or cookie with a long value that nobody can read.
type channel struct {
	kind, name string // "header" or "cookie"
	length     int    // of the unreadable part
}

// opaqueChannels lists them. The Authorization field is not among them: it is such a
// value by its nature.
func (x *Exchange) opaqueChannels() iter.Seq[channel] {
	return func(yield func(channel) bool) {
		for name, values := range x.Header {
			for _, value := range values {
				switch {
				case len(value) < opaqueLength || name == "Authorization":
				case name == "Cookie":
					for cookie := range strings.SplitSeq(value, ";") {
						name, value, _ := strings.Cut(strings.TrimSpace(cookie), "=")
						if n := opaqueRunOf(value, opaqueLength); n > 0 && !yield(channel{"cookie", name, n}) {
							return
						}
					}
				default:
					if n := opaqueRunOf(value, opaqueLength); n > 0 && !yield(channel{"header", name, n}) {
						return
					}
				}
			}
		}
	}
}

// learnChannels remembers which long values the scripts that are known are sent, by
// name and order of length.
func (m *Memory) learnChannels(f *Facts) {
	for c := range f.opaqueChannels() {
		m.channels.add(m.channelHash(c))
	}
}

func (m *Memory) channelHash(c channel) uint64 {
	return m.NameHash(c.kind) ^ m.NameHash(c.name) + uint64(bits.Len(uint(c.length)))*0x9e3779b97f4a7c15
}
