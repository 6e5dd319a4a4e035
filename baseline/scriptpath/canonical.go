package scriptpath

import (
	"bytes"
	"strings"
)

// canonical rewrites a path that is not plain. What each step undoes, and who
// honours the form, is tabled in docs/script-identity.md.
func (n *Namer) canonical(path string) (string, Spelling) {
	decoded, spelling := decode(path)
	out := make([]byte, 0, len(decoded)+1)
	directory := true
	for rest := string(decoded); ; {
		segment, after, more := strings.Cut(rest, "/")
		cleaned, how := n.cleanSegment(segment)
		spelling |= how
		switch directory = false; cleaned {
		case "":
			directory = true
			if more && len(rest) < len(decoded) || segment != "" {
				spelling |= SpelledSlashes
			}
		case ".":
			directory = true
			spelling |= SpelledSlashes
		case "..":
			directory = true
			spelling |= SpelledSlashes
			out = out[:max(0, bytes.LastIndexByte(out, '/'))]
		default:
			out = append(out, '/')
			out = append(out, cleaned...)
		}
		if !more {
			break
		}
		rest = after
	}
	if directory {
		out = append(out, '/')
	}
	return string(out), spelling
}

// cleanSegment removes what some server ignores at the end of a segment. It
// returns "." and ".." for segments that mean these.
func (n *Namer) cleanSegment(segment string) (string, Spelling) {
	var how Spelling
	for {
		if i := strings.Index(segment, "::$"); i >= 0 {
			segment, how = segment[:i], how|SpelledStream
		}
		if trimmed := trimIgnored(segment); len(trimmed) < len(segment) {
			segment, how = trimmed, how|SpelledTrailing
		}
		i := strings.IndexByte(segment, ';')
		if i < 0 || !n.paramsAt(segment, i) {
			return segment, how
		}
		segment, how = segment[:i], how|SpelledParams
	}
}

// trimIgnored removes trailing dots, spaces and control characters, which
// Windows and some suffix patterns ignore, but keeps "." and "..".
func trimIgnored(segment string) string {
	blank := func(r rune) bool { return r <= ' ' || r == 0x7f }
	segment = strings.TrimRightFunc(segment, blank)
	if segment == "." || segment == ".." {
		return segment
	}
	return strings.TrimRightFunc(segment, func(r rune) bool { return r == '.' || blank(r) })
}

// paramsAt decides whether the semicolon at i begins path parameters, which
// Tomcat and old IIS ignore, or belongs to a file's name, as on Linux. It is a
// name only if the segment is executable because of what follows it.
func (n *Namer) paramsAt(segment string, i int) bool {
	if _, ok := n.suffixes.executable(segment[:i]); ok {
		return true
	}
	_, ok := n.suffixes.executable(segment)
	return !ok
}

// decode undoes every further layer of percent-encoding and overlong UTF-8,
// turns back-slashes and NUL into slashes, in one pass over the input: what a
// byte completes at the end of the output is decoded there and then, so that
// the result holds nothing left to decode and the time is linear.
func decode(path string) ([]byte, Spelling) {
	var how Spelling
	out := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		out = append(out, path[i])
		for {
			c, size := encodedTail(out)
			if size == 0 {
				break
			}
			out = append(out[:len(out)-size], c)
			how |= SpelledEncoded
		}
		switch last := len(out) - 1; out[last] {
		case '\\':
			out[last], how = '/', how|SpelledBackslash
		case 0:
			// Where NUL ends a C string the executable prefix is what runs,
			// which is what a slash there makes of it.
			out[last], how = '/', how|SpelledNUL
		}
	}
	return out, how
}

// encodedTail reports the ASCII byte that the end of b encodes, as %XX or as
// overlong UTF-8 (RFC 3629, section 10), and how many bytes encode it.
func encodedTail(b []byte) (c byte, size int) {
	n := len(b)
	if n >= 3 && b[n-3] == '%' {
		hi, lo := unhex(b[n-2]), unhex(b[n-1])
		if hi < 16 && lo < 16 {
			return hi<<4 | lo, 3
		}
	}
	if n < 2 || b[n-1]&0xc0 != 0x80 {
		return 0, 0
	}
	low := b[n-1] & 0x3f
	switch {
	case b[n-2] == 0xc0 || b[n-2] == 0xc1:
		return b[n-2]&1<<6 | low, 2
	case n >= 3 && b[n-3] == 0xe0 && (b[n-2] == 0x80 || b[n-2] == 0x81):
		return b[n-2]&1<<6 | low, 3
	case n >= 4 && b[n-4] == 0xf0 && b[n-3] == 0x80 && (b[n-2] == 0x80 || b[n-2] == 0x81):
		return b[n-2]&1<<6 | low, 4
	}
	return 0, 0
}

func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// EncodedWithoutNeed reports whether an escaped path encodes a letter, a digit
// or one of "-._~", which RFC 3986, section 2.3, says no one should and no
// browser does.
func EncodedWithoutNeed(escaped string) bool {
	for i := 0; i+2 < len(escaped); i++ {
		if escaped[i] != '%' {
			continue
		}
		hi, lo := unhex(escaped[i+1]), unhex(escaped[i+2])
		if hi < 16 && lo < 16 && unreserved(hi<<4|lo) {
			return true
		}
	}
	return false
}

func unreserved(c byte) bool {
	l := lower(c)
	return 'a' <= l && l <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}
