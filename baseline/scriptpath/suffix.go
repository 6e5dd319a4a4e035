package scriptpath

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
		".cfm", ".cfml", ".cfc", ".svc",
		".cgi", ".fcgi", ".pl", ".py", ".rb", ".sh", ".lua", ".shtml", ".shtm", ".stm",
	}
}

// suffixSet answers where a path has an executable suffix. It lists the
// suffixes, in lower case, by the letter after their dot: most paths are
// decided by that letter.
type suffixSet [256][]string

func newSuffixSet(suffixes []string) (*suffixSet, error) {
	set := new(suffixSet)
	for _, s := range suffixes {
		name, dotted := strings.CutPrefix(s, ".")
		if !dotted || name == "" || len(s) > maxSuffixLen || strings.IndexFunc(name, notSuffixRune) >= 0 {
			return nil, fmt.Errorf("suffix %q: want a dot followed by at most %d letters, digits, '_' or '-'", s, maxSuffixLen-1)
		}
		s = strings.ToLower(s)
		if list := &set[s[1]]; !slices.Contains(*list, s) {
			*list = append(*list, s)
			slices.SortFunc(*list, func(a, b string) int { return len(a) - len(b) })
		}
	}
	return set, nil
}

func notSuffixRune(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}

// executable reports whether the segment ends in a suffix of the set, in any
// case, and where that suffix begins.
func (s *suffixSet) executable(segment string) (dot int, ok bool) {
	dot = strings.LastIndexByte(segment, '.')
	if dot < 0 {
		return 0, false
	}
	for _, suffix := range s.at(segment, dot) {
		if len(suffix) == len(segment)-dot && foldedPrefix(segment[dot:], suffix) {
			return dot, true
		}
	}
	return 0, false
}

// next returns the end of the first suffix in the path, in any case and
// whatever follows it, that ends after from; or -1.
func (s *suffixSet) next(path string, from int) (end int) {
	for dot := max(0, from-maxSuffixLen); dot < len(path); dot++ {
		if path[dot] != '.' {
			continue
		}
		for _, suffix := range s.at(path, dot) {
			if end := dot + len(suffix); end > from && foldedPrefix(path[dot:], suffix) {
				return end
			}
		}
	}
	return -1
}

// at lists the suffixes that may begin at the dot, shortest first.
func (s *suffixSet) at(path string, dot int) []string {
	if dot+1 >= len(path) {
		return nil
	}
	return s[lower(path[dot+1])]
}

// foldedPrefix reports whether path begins with the suffix, which is in lower
// case, in any case.
func foldedPrefix(path, suffix string) bool {
	if len(path) < len(suffix) {
		return false
	}
	for i := 1; i < len(suffix); i++ {
		if lower(path[i]) != suffix[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// sorted lists the suffixes in order, for comparing two configurations.
func (s *suffixSet) sorted() []string {
	var list []string
	for _, some := range s {
		list = append(list, some...)
	}
	slices.Sort(list)
	return list
}
