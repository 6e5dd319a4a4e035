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

// channels says whether an exchange's header has any. It is found out once: signals
// and learning all ask, and nearly no header has.
type channels uint8

const (
	channelsUnknown channels = iota
	channelsNone
	channelsSome
)

// opaqueChannels lists those of at least so many characters, which is not less than
// channelLength.
func (x *Exchange) opaqueChannels(least int) iter.Seq[channel] {
	return func(yield func(channel) bool) {
		if x.channels == channelsNone {
			return
		}
		x.channels = channelsNone
		offer := func(kind, name, value string) bool {
			n := opaqueRunOf(value, channelLength)
			if n > 0 {
				x.channels = channelsSome
			}
			return n < least || yield(channel{kind, name, n})
		}
		for name, values := range x.Header {
			for _, value := range values {
				if !mayRun(value, channelLength) {
					continue
				}
				if name != "Cookie" {
					if !offer("header", name, value) {
						return
					}
					continue
				}
				for cookie := range strings.SplitSeq(value, ";") {
					name, value, _ := strings.Cut(strings.TrimSpace(cookie), "=")
					if !offer("cookie", name, value) {
						return
					}
				}
			}
		}
	}
}

// learnChannels remembers which opaque values the scripts that are known are sent, by
// name and order of length.
func (m *Memory) learnChannels(f *Facts) {
	for c := range f.opaqueChannels(opaqueLength) {
		m.channels.Add(m.channelHash(c))
	}
}

func (m *Memory) channelHash(c channel) uint64 {
	return m.Hash.FileName(c.kind) ^ m.Hash.FileName(c.name) + uint64(bits.Len(uint(c.length)))*0x9e3779b97f4a7c15
}
