package accesslog

import "strings"

// quoteAfter returns the index of the first quote at or after from that is not
// escaped, or −1.
func quoteAfter(s string, from int) int {
	for at := from; ; {
		i := strings.IndexByte(s[at:], '"')
		if i < 0 {
			return -1
		}
		at += i
		slashes := 0
		for at-slashes > from && s[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
		at++
	}
}

// cutQuoted returns a field of which the opening quote was read, and what
// follows it. Only a blank or the line's end follows the closing quote. One that
// is missing closes at the end of the line: syslog cuts long lines, and a client
// must not get out of sight by making them long.
func cutQuoted(s string) (value, rest string) {
	end := quoteAfter(s, 0)
	for end >= 0 && end+1 < len(s) && s[end+1] != ' ' {
		end = quoteAfter(s, end+1)
	}
	if end < 0 {
		return dash(unescape(s)), ""
	}
	return dash(unescape(s[:end])), s[end+1:]
}

// unescape undoes the escapes of Apache httpd (\" \\ \n \xHH) and nginx (\xHH).
// What is none stays as it is. It allocates only if there is one.
func unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	b := make([]byte, i, len(s))
	copy(b, s)
	for ; i < len(s); i++ {
		c, n := s[i], 0
		if c == '\\' && i+1 < len(s) {
			c, n = escaped(s[i+1:])
		}
		b = append(b, c)
		i += n
	}
	return string(b)
}

// escaped returns the byte that is meant by what follows a back-slash, and the
// length of that; zero if it is no escape.
func escaped(s string) (c byte, n int) {
	switch s[0] {
	case '"', '\\':
		return s[0], 1
	case 'x':
		if len(s) > 2 {
			if high, low := hexDigit(s[1]), hexDigit(s[2]); high < 16 && low < 16 {
				return high<<4 | low, 3
			}
		}
		return '\\', 0
	}
	if i := strings.IndexByte("abtnvfr", s[0]); i >= 0 {
		return "\a\b\t\n\v\f\r"[i], 1
	}
	return '\\', 0
}

// hexDigit returns what a digit is worth, or 255.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}
