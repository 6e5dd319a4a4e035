package accesslog

import (
	"fmt"
	"slices"
	"strings"
)

// Format names a log format.
type Format string

// The formats. Auto finds out by itself, line by line: files that were
// concatenated may mix formats, and a malformed beginning does no harm.
const (
	Auto     Format = "auto"
	Combined Format = "combined" // Apache's and nginx's default
	VHost    Format = "vhost"    // the same, with host:port in front
	Common   Format = "common"   // the same as combined, without Referer and User-Agent
	Caddy    Format = "caddy"    // JSON, one object a line
	W3C      Format = "w3c"      // W3C extended, as IIS writes it
	HAR      Format = "har"      // HTTP Archive 1.2, one JSON document
)

// catalog lists the parsers of formats that have an entry a line, in the order in which
// Auto tries them on a line. To add a format, write a parser in a file of its own and add
// one line here.
var catalog = []struct {
	formats []Format
	make    func(asked Format) lineParser
}{
	{[]Format{Caddy}, newCaddyParser},
	{[]Format{Traefik}, newTraefikParser},
	{[]Format{W3C}, newW3CParser},
	{[]Format{Combined, VHost, Common}, newCombinedParser}, // the last: it claims every line
}

// A lineParser parses the lines of one format, or of a family of formats. It may
// remember what earlier lines said, such as W3C's directives.
type lineParser interface {
	// claims reports whether a line, which is not empty, may be of the format. Only Auto
	// asks.
	claims(line []byte) bool
	// parse parses a line, which is not empty, into an entry that has been reset.
	parse(line []byte, e *Entry) outcome
	// format returns the format of the line that was parsed last.
	format() Format
}

// outcome is what became of a line.
type outcome uint8

const (
	failed outcome = iota
	parsed
	ignored // blank, or a directive
)

// parsers returns those that may parse the lines of a log in the format asked for.
func parsers(asked Format) (list []lineParser) {
	for _, p := range catalog {
		if asked == Auto || slices.Contains(p.formats, asked) {
			list = append(list, p.make(asked))
		}
	}
	return list
}

// Formats lists the formats, Auto first.
func Formats() []Format {
	list := []Format{Auto}
	for _, p := range catalog {
		list = append(list, p.formats...)
	}
	list = append(list, HAR)
	slices.Sort(list[1:])
	return list
}

// ParseFormat returns the format of a name, in any case; Auto for an empty
// one. It fails for a name that is none of [Formats].
func ParseFormat(name string) (Format, error) {
	if name == "" {
		return Auto, nil
	}
	if f := Format(strings.ToLower(name)); slices.Contains(Formats(), f) {
		return f, nil
	}
	return "", fmt.Errorf("log format %q is unknown: it must be one of %v", name, Formats())
}
