package scriptpath

import (
	"net/url"
	"slices"
	"strings"
)

// Ambiguous reports whether a path may mean another script to some server than
// its name says: it was disguised, has parameters, or leaves a segment again.
func (n *Namer) Ambiguous(name Name, path string) bool {
	return name.Spelling.Disguised() || strings.IndexByte(path, ';') >= 0 || name.Spelling&SpelledSlashes != 0 && strings.Contains(path, "..")
}

// Interpretations returns the canonical paths of the scripts that a doubtful path means
// to servers that undo less than [Namer.Name] does, or in another order, without
// the name's own. rawPath is the path as it was sent, if that is known: there an
// encoded slash is told from one that separates.
//
// To PHP all that follows a script is PATH_INFO, disguised dot segments too.
// Tomcat cuts off the parameters of each segment before it looks at anything in
// them. Both were seen to run what the fully decoded path hides
// (integration/identity/table_test.go).
func (n *Namer) Interpretations(name Name, path, rawPath string) []string {
	var segments []string
	if rawPath == "" {
		segments = strings.Split(path, "/")
	} else {
		for segment := range strings.SplitSeq(rawPath, "/") {
			if decoded, err := url.PathUnescape(segment); err == nil {
				segment = decoded
			}
			segments = append(segments, segment)
		}
	}
	var list []string
	for _, reading := range []string{n.firstScript(segments), withoutParams(segments)} {
		other := n.Name(reading)
		if reading != "" && other.Script && other.Path != name.Path && !slices.Contains(list, other.Path) {
			list = append(list, other.Path)
		}
	}
	return list
}

// firstScript returns the path up to the first segment that some server runs,
// whatever follows.
func (n *Namer) firstScript(segments []string) string {
	var kept []string
	for _, segment := range segments {
		switch segment {
		case "", ".":
			continue
		case "..":
			kept = kept[:max(0, len(kept)-1)]
			continue
		}
		cut := segment
		if i := strings.IndexAny(segment, ";\\\x00:%/"); i >= 0 {
			cut = segment[:i]
		}
		cut = trimIgnored(cut)
		if _, ok := n.suffixes.executable(cut); ok {
			return "/" + strings.Join(append(kept, cut), "/")
		}
		kept = append(kept, segment)
	}
	return ""
}

// withoutParams returns the path without the parameters of its segments.
func withoutParams(segments []string) string {
	var kept []string
	for _, segment := range segments {
		switch segment, _, _ = strings.Cut(segment, ";"); segment {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.Join(kept, "/")
}
