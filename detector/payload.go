package detector

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// header returns the first value of a request's header field, by its canonical
// name, or "".
func (x *Exchange) header(name string) string {
	if values := x.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// saysForm reports whether the request says that its body is a form's parameters.
func (x *Exchange) saysForm() bool {
	media, _, _ := strings.Cut(x.header("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded")
}

// form returns the body's beginning if it is a form's parameters. It looks at each
// beginning once: signals and learning all ask.
func (x *Exchange) form() []byte {
	if len(x.Body) == 0 {
		return nil
	}
	if x.looked != len(x.Body) {
		x.looked, x.isForm = len(x.Body), x.saysForm() && isForm(x.Body)
	}
	if !x.isForm {
		return nil
	}
	return x.Body
}

// maxFormName is the longest name of a parameter that a form has, in bytes. No
// field of a common application has a name of more than 100.
const maxFormName = 256

// isForm reports whether a body looks like parameters: text, and a name soon.
func isForm(body []byte) bool {
	equals := bytes.IndexByte(body[:min(len(body), maxFormName)], '=')
	if equals <= 0 {
		return false
	}
	// Base64 ends in one or two equals signs, and has none before.
	if rest := bytes.TrimRight(body, "\r\n"); bytes.IndexByte(bytes.TrimRight(rest, "="), '=') < 0 && len(rest)%4 == 0 && opaqueRun(rest) >= len(rest)-2 && len(rest) > 64 {
		return false
	}
	return plainText(body)
}

// plainText reports whether a body has hardly any control characters but line breaks:
// of bytes at random one in nine is, and careless programs send one that they should
// have encoded.
func plainText(body []byte) bool {
	controls, rest := 0, body
	for len(rest) >= 8 {
		if mayHaveControls(binary.LittleEndian.Uint64(rest)) {
			controls += controlsIn(rest[:8])
		}
		rest = rest[8:]
	}
	return (controls+controlsIn(rest))*32 <= len(body)
}

// mayHaveControls reports whether one of eight bytes is below ' '. In each byte, adding
// 0x60 to the lower seven bits carries into the highest from 0x20 on.
func mayHaveControls(eight uint64) bool {
	const low, high = 0x7f7f7f7f7f7f7f7f, 0x8080808080808080
	return (eight&low+0x6060606060606060|eight)&high != high
}

func controlsIn(text []byte) (n int) {
	for _, c := range text {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			n++
		}
	}
	return n
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
func mayRun(text string, least int) bool {
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
// and their percent-encoding are made of.
func opaqueRun(body []byte) (longest int) {
	run := 0
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case isOpaque[c]:
			run++
		case c == '%' && i+2 < len(body) && (body[i+1] == '2' || body[i+1] == '3') && isOpaque[body[i+2]]:
			run++ // %2B, %2F, %3D
			i += 2
		default:
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
