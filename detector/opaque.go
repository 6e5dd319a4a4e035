package detector

import (
	"fmt"

	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

const (
	// opaqueLength is from how many characters a value is opaque: longer than keys,
	// signatures and tokens of common applications, which are 256 bits of Base64 or
	// hexadecimal, or several such.
	opaqueLength = 256
	// opaqueQueryLength is the same for a query, where honest values are shorter: two
	// hashes of 256 bits in hexadecimal.
	opaqueQueryLength = 128
)

// opaque says where a long unreadable value is, and how long. Those that others bring as
// long ones to scripts that are known, such as a token of the application, do not count,
// nor does the Authorization field.
func (e *Evaluation) opaque() signal.Opaque {
	if body := e.body.bytes; len(body) >= opaqueLength {
		if n := opaqueRun(body); n >= opaqueLength {
			return signal.Opaque{Where: "its body", Length: n}
		}
	}
	if n := e.x.opaqueQuery(); n > 0 {
		return signal.Opaque{Where: "its query", Length: n}
	}
	for c := range e.opaqueChannels(opaqueLength) {
		if c.name == "Authorization" && c.kind == "header" {
			continue // such a value by its nature
		}
		if !e.m.channels.Seen(e.m.channelHash(c)) {
			return signal.Opaque{Where: fmt.Sprintf("the %s %.40q", c.kind, c.name), Length: c.length}
		}
	}
	return signal.Opaque{}
}

// opaqueQuery returns the length of a long unreadable value in the query, or 0.
func (x *Exchange) opaqueQuery() int { return opaqueRunOf(x.Query, opaqueQueryLength) }

// opaqueRunOf returns the longest unreadable run of a text, or 0 if it is shorter
// than least.
func opaqueRunOf(text string, least int) int {
	if !mayRun(text, least) {
		return 0
	}
	if n := opaqueRun([]byte(text)); n >= least {
		return n
	}
	return 0
}

// isOpaque marks the characters that Base64, in either alphabet, and hexadecimal are
// made of.
var isOpaque = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-") {
		set[c] = true
	}
	return set
}()

// mayRun reports whether a text can have a run of so many opaque characters. It looks
// at few of a text of words: a gap at the end of a window spares the rest of it.
func mayRun[T string | []byte](text T, least int) bool {
	for begin := 0; begin+least <= len(text); {
		i := begin + least - 1
		for i >= begin && (isOpaque[text[i]] || text[i] == '%') {
			i--
		}
		if i < begin {
			return true
		}
		begin = i + 1
	}
	return false
}

// opaqueRun returns the length of the longest run of what Base64, hexadecimal
// and their percent-encoding are made of. Words that a form joins with plus signs are none: Base64
// has one in 64 characters, sentences one in six.
func opaqueRun(body []byte) (longest int) {
	run, pluses := 0, 0
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case isOpaque[c]:
			if run++; c == '+' {
				pluses++
			}
		case c == '%' && i+2 < len(body) && encodesOpaque(body[i+1], body[i+2]):
			run++
			i += 2
		default:
			run, pluses = 0, 0
		}
		if run > longest && pluses*16 <= run {
			longest = run
		}
	}
	return longest
}

// encodesOpaque reports whether the digits are those of plus, slash or equals sign.
func encodesOpaque(high, low byte) bool {
	low |= 0x20
	return high == '2' && (low == 'b' || low == 'f') || high == '3' && low == 'd'
}
