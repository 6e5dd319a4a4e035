package detector

import (
	"iter"
	"math/bits"
	"strings"
)

// channelLength is from how many unreadable characters the value of a new header
// or cookie is more than a flag or an identifier.
const channelLength = 64

// channel is a header field or cookie with a long value that nobody can read.
type channel struct {
	kind, name string // "header" or "cookie"
	length     int    // of the unreadable part
}

// channelScan says whether the request's header has any channel. It is found out once:
// features and learning all ask, and nearly no header has.
type channelScan uint8

const (
	channelsUnknown channelScan = iota
	channelsNone
	channelsSome
)

// opaqueChannels lists those of at least so many characters, which is not less than
// channelLength.
func (e *Evaluation) opaqueChannels(least int) iter.Seq[channel] {
	return func(yield func(channel) bool) {
		if e.channels == channelsNone {
			return
		}
		e.channels = channelsNone
		offer := func(kind, name, value string) bool {
			n := opaqueRunOf(value, channelLength)
			if n > 0 {
				e.channels = channelsSome
			}
			return n < least || yield(channel{kind, name, n})
		}
		for name, values := range e.x.Header {
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

// strangeChannel reports whether strangeField names any.
func (e *Evaluation) strangeChannel() bool {
	return e.strangeField().Name != ""
}

func (m *Memory) channelHash(c channel) uint64 {
	return m.Hash.FileName(c.kind) ^ m.Hash.FileName(c.name) + uint64(bits.Len(uint(c.length)))*0x9e3779b97f4a7c15
}
