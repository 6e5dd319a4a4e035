package accesslog

import (
	"net/netip"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// hostField says whether lines begin with the host that served the request.
type hostField uint8

const (
	hostNever hostField = iota
	hostAlways
	hostPerhaps
)

// combinedParser parses the family of formats that began with NCSA's:
//
//	[host:port] client ident user [time] "request" status size ["referer" "agent"] …
//
// What follows the size is used where it is there, whatever the format is
// called; fields after the user agent are not.
type combinedParser struct {
	clock         clfClock
	hosts         hostField
	host, referer bool // whether the last line had these fields
}

func newCombinedParser(asked Format) lineParser {
	switch asked {
	case VHost:
		return &combinedParser{hosts: hostAlways}
	case Auto:
		return &combinedParser{hosts: hostPerhaps}
	}
	return &combinedParser{hosts: hostNever}
}

func (p *combinedParser) format() Format {
	switch {
	case p.host:
		return VHost
	case !p.referer:
		return Common
	}
	return Combined
}

func (*combinedParser) claims([]byte) bool { return true }

// parse parses a line. The strings of the entry are parts of one copy of it.
func (p *combinedParser) parse(text []byte, e *Entry) outcome {
	line := string(text)
	if strings.Trim(line, " \t") == "" {
		return ignored
	}
	head, rest, ok := p.cutTime(line, e)
	if !ok || !p.parseHead(head, p.hosts, e) {
		return failed
	}
	request, rest, ok := cutRequest(rest, e)
	if !ok || !parseRequest(unescape(request), e) {
		return failed
	}
	if p.referer = strings.HasPrefix(rest, ` "`); p.referer {
		e.Referer, rest = cutQuoted(rest[2:])
		e.Known |= detector.KnownReferer
		if strings.HasPrefix(rest, ` "`) {
			e.Agent, _ = cutQuoted(rest[2:])
		}
	}
	return parsed
}

// cutTime finds the time, and returns what is before it and, from within its
// quotes, the request. A user's name may have blanks and brackets, also one that
// was refused, but no quotes: the time is what the request follows.
func (p *combinedParser) cutTime(line string, e *Entry) (head, rest string, ok bool) {
	for from := 0; ; {
		i := strings.Index(line[from:], " [")
		if i < 0 {
			return "", "", false
		}
		head, rest = line[:from+i], line[from+i+2:]
		if t, n := p.clock.parse(rest); n > 0 && strings.HasPrefix(rest[n:], `] "`) {
			e.Time = t
			return head, rest[n+3:], true
		}
		from += i + 2
	}
}

// parseHead parses what is before the time.
func (p *combinedParser) parseHead(head string, host hostField, e *Entry) bool {
	first, rest, ok := strings.Cut(head, " ")
	p.host = host == hostAlways || host == hostPerhaps && beginsWithHost(first, rest)
	if p.host {
		e.Host = dash(first)
		first, rest, ok = strings.Cut(rest, " ")
	}
	// A list of addresses, if proxies' headers are logged: the last one is from
	// the proxy that is nearest.
	for ok && strings.HasSuffix(first, ",") {
		first, rest, ok = strings.Cut(rest, " ")
	}
	if !ok || first == "" || strings.IndexByte(rest, ' ') < 0 {
		return false // no client, ident and user
	}
	e.setClient(first)
	if p.host && first == "-" {
		return false // the line has no host, and this is the ident
	}
	return e.Has(detector.KnownClient) || strings.IndexByte(first, ':') < 0 || strings.HasPrefix(first, "unix:")
}

// beginsWithHost reports whether the first of the fields before the time is the
// host that served the request, not the client: it has a port, or the second one
// is an address. A user's name may look like more fields than there are.
func beginsWithHost(first, rest string) bool {
	second, rest, _ := strings.Cut(rest, " ")
	if strings.IndexByte(rest, ' ') < 0 || second == "-" || strings.HasSuffix(first, ",") {
		return false
	}
	if i := strings.LastIndexByte(first, ':'); i > 0 && number(first[i+1:]) >= 0 {
		if strings.IndexByte(first, ':') == i {
			return true
		}
		_, err := netip.ParseAddr(first) // an address may end like a port
		return err != nil
	}
	if _, ok := parseClient(first); ok {
		return false
	}
	_, ok := parseClient(second)
	return ok
}

// cutRequest returns the request and what follows the size, and takes down
// status and size. Servers that do not escape quotes leave some in the request:
// the one that ends it is what the status follows.
func cutRequest(s string, e *Entry) (request, rest string, ok bool) {
	for from := 0; ; {
		end := quoteAfter(s, from)
		if end < 0 {
			return "", "", false
		}
		if rest, ok = parseResult(s[end+1:], e); ok {
			return s[:end], rest, true
		}
		from = end + 1
	}
}

// parseResult parses ` status size`.
func parseResult(s string, e *Entry) (rest string, ok bool) {
	if len(s) < 6 || s[0] != ' ' || s[4] != ' ' {
		return "", false
	}
	status := number(s[1:4])
	if status < 0 {
		return "", false
	}
	size := s[5:]
	if end := strings.IndexByte(size, ' '); end >= 0 {
		size, rest = size[:end], size[end:]
	}
	if e.Length = 0; size != "-" {
		if e.Length = number(size); e.Length < 0 {
			return "", false
		}
	}
	if status >= 100 { // nginx writes 000 for none
		e.Status = int(status)
	}
	return rest, true
}

// parseRequest parses `method target protocol`; HTTP/0.9 had no protocol.
func parseRequest(s string, e *Entry) bool {
	method, target := nextField(s)
	target = strings.Trim(target, " \t") // lenient servers take any white space
	if i := strings.LastIndexAny(target, " \t"); i >= 0 {
		switch protocol := target[i+1:]; {
		case strings.HasPrefix(protocol, "HTTP/"):
			target = strings.TrimRight(target[:i], " \t")
		case strings.HasPrefix(protocol, "RTSP/"), strings.HasPrefix(protocol, "SIP/"):
			return false
		}
	}
	return e.setRequest(method, target)
}

// number parses up to 18 digits; it returns −1 for anything else.
func number(s string) int64 {
	if s == "" || len(s) > 18 {
		return -1
	}
	n := int64(0)
	for i := 0; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			return -1
		}
		n = n*10 + int64(d)
	}
	return n
}
