package scriptpath

// maxSegmentLen is the longest segment that is taken for a name.
const maxSegmentLen = 48

// Placeholder returns what stands for a segment that by its form varies, or "".
func Placeholder(segment string) string {
	digits, letters, hex, separators := 0, 0, 0, 0
	for i := range len(segment) {
		switch c := segment[i]; {
		case '0' <= c && c <= '9':
			digits++
			hex++
		case 'a' <= lower(c) && lower(c) <= 'z' || c >= 0x80:
			letters++
			if lower(c) <= 'f' {
				hex++
			}
		case c == '-' || c == '_':
			separators++
		}
	}
	switch n := len(segment); {
	case n == 0:
		return ""
	case digits == n:
		return "{n}"
	case n == 36 && separators == 4 && hex == 32:
		return "{uuid}"
	case n == 10 && separators == 2 && digits == 8:
		return "{date}"
	case n >= 16 && hex == n && digits > 0, n >= 20 && digits >= 3 && letters >= 3 && digits+letters == n:
		return "{hash}"
	case separators >= 3 && digits+letters+separators == n, n > maxSegmentLen:
		return "{slug}"
	}
	return ""
}

// IsPlaceholder reports whether a segment is one that [Placeholder] returns.
func IsPlaceholder(segment string) bool {
	switch segment {
	case "{n}", "{uuid}", "{date}", "{hash}", "{slug}":
		return true
	}
	return false
}
