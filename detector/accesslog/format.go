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

// Formats lists the formats, Auto first.
func Formats() []Format {
	return []Format{Auto, Combined, VHost, Common, Caddy, W3C, HAR}
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
