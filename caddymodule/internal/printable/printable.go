// Package printable makes text that a client chose fit for logs and terminals.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLen bounds a client's text in the logs, in bytes.
const maxLen = 4096

// Escape returns a client's text as a log may show it to a terminal: what is
// not printable is percent-encoded, and what is longer than 4 KiB is cut off.
func Escape(text string) string {
	cut := text[:min(len(text), maxLen)]
	strange := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.IndexFunc(cut, strange) < 0 && len(cut) == len(text) {
		return text
	}
	var b strings.Builder
	for rest := cut; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		if strange(r) {
			for _, c := range []byte(rest[:size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(rest[:size])
		}
		rest = rest[size:]
	}
	if len(cut) < len(text) {
		b.WriteString("…")
	}
	return b.String()
}
