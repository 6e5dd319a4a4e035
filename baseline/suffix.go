package baseline

import (
	"fmt"
	"slices"
	"strings"
)

// maxSuffixLen bounds a suffix so that one can be folded to lower case in a
// fixed buffer on the request path.
const maxSuffixLen = 16

// DefaultSuffixes returns the suffixes of files that common servers execute:
// those PHP packages map to PHP (Debian's and Red Hat's Apache and FPM
// configuration), those Tomcat's and Jetty's default servlets compile, those
// IIS maps to ASP and ASP.NET, and the usual ones of ColdFusion and CGI.
func DefaultSuffixes() []string {
	return []string{
		".php", ".php3", ".php4", ".php5", ".php7", ".php8", ".pht", ".phtml", ".phar",
		".jsp", ".jspx", ".jspf", ".jsw", ".jsv",
		".asp", ".aspx", ".ashx", ".asmx", ".asa", ".cer", ".cdx", ".cshtml", ".vbhtml", ".soap",
		".cfm", ".cfml", ".cfc",
		".cgi", ".fcgi", ".pl", ".py", ".rb", ".sh", ".lua", ".shtml",
	}
}

// suffixSet answers whether a path segment ends in an executable suffix.
type suffixSet map[string]struct{}

func newSuffixSet(suffixes []string) (suffixSet, error) {
	set := make(suffixSet, len(suffixes))
	for _, s := range suffixes {
		name, dotted := strings.CutPrefix(s, ".")
		if !dotted || name == "" || len(s) > maxSuffixLen || strings.IndexFunc(name, notSuffixRune) >= 0 {
			return nil, fmt.Errorf("suffix %q: want a dot followed by at most %d letters, digits, '_' or '-'", s, maxSuffixLen-1)
		}
		set[strings.ToLower(s)] = struct{}{}
	}
	return set, nil
}

func notSuffixRune(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}

// executable reports whether the segment ends in a suffix of the set, in any
// case, and where that suffix begins.
func (s suffixSet) executable(segment string) (dot int, ok bool) {
	dot = strings.LastIndexByte(segment, '.')
	if dot < 0 || len(segment)-dot > maxSuffixLen {
		return 0, false
	}
	var folded [maxSuffixLen]byte
	n := copy(folded[:], segment[dot:])
	for i, c := range folded[:n] {
		folded[i] = lower(c)
	}
	_, ok = s[string(folded[:n])]
	return dot, ok
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// sorted lists the suffixes in order, for comparing two configurations.
func (s suffixSet) sorted() []string {
	list := make([]string, 0, len(s))
	for suffix := range s {
		list = append(list, suffix)
	}
	slices.Sort(list)
	return list
}
