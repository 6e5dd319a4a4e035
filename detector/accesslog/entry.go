package accesslog

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// MaxBody is how much of a request's body an entry holds, in bytes, where the format
// has it (HAR).
const MaxBody = 8 << 10

// Entry is one exchange as a log tells it. Its strings share the memory of the
// whole line: clone what is to be kept.
//
// Of the embedded exchange, Time is what the log says, in UTC and as exact as
// it says it: the start of the request in Apache's formats and HAR, its end in
// those of nginx, Caddy and IIS. Status is 0 where the server wrote none. Length
// is what the log calls the size of the answer, which by some servers'
// configuration includes its header.
type Entry struct {
	detector.Exchange

	// Line is where the entry stands: the number of the line, or in a HAR file
	// the number of the entry; both begin at 1.
	Line int
	// URI is the request's target as the log has it, with the log's own escapes
	// undone: undecoded, with the query, and perhaps with scheme and host.
	URI string
}

// reset makes an entry one of which nothing is known.
func (e *Entry) reset() {
	*e = Entry{}
	e.Sent, e.Length = -1, -1
}

// setRequest takes down a request's method and target. It reports false for
// what no HTTP request looks like, such as the beginning of a TLS handshake.
func (e *Entry) setRequest(method, target string) bool {
	if !isMethod(method) {
		return false
	}
	e.Method, e.URI = method, target
	switch {
	case target == "":
		return false
	case target[0] == '/':
		e.setPath(target)
	case target == "*":
		e.Path = target
	case method == "CONNECT" && !strings.ContainsAny(target, "/ "):
		e.setHost(target)
	default:
		scheme, rest, ok := strings.Cut(target, "://")
		if !ok || !isScheme(scheme) {
			return false
		}
		end := len(rest)
		if i := strings.IndexAny(rest, "/?"); i >= 0 {
			end = i
		}
		e.setHost(rest[strings.LastIndexByte(rest[:end], '@')+1 : end])
		e.setPath(rest[end:])
		if e.Path == "" {
			e.Path = "/"
		}
	}
	e.EffectivePath = e.Path
	return true
}

// setHost keeps the host of a target, unless the log names one by itself.
func (e *Entry) setHost(host string) {
	if e.Host == "" {
		e.Host = host
	}
}

// setPath splits and decodes a path with its query.
func (e *Entry) setPath(target string) {
	if i := strings.IndexByte(target, '?'); i >= 0 {
		target, e.Query = target[:i], target[i+1:]
	}
	e.Path, e.RawPath = decodePath(target)
}

// decodePath decodes a path once and returns the raw one too where it differs
// from the usual encoding, as [url.URL] keeps them. What cannot be decoded, and
// what servers refuse for that, is its own path.
func decodePath(raw string) (path, rawPath string) {
	i := 0
	for i < len(raw) && usual[raw[i]] {
		i++
	}
	if i == len(raw) {
		return raw, ""
	}
	path, err := url.PathUnescape(raw)
	if err != nil {
		return raw, ""
	}
	if (&url.URL{Path: path}).EscapedPath() == raw {
		return path, ""
	}
	return path, raw
}

// parseClient parses an address, perhaps with a port. What is none, such as a
// host's name, is an unknown client.
func parseClient(s string) (netip.Addr, bool) {
	for i := 0; i < len(s) && s[i] != '%'; i++ {
		if !address[s[i]] {
			return netip.Addr{}, false // failing to parse would allocate
		}
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		a = withPort.Addr()
	}
	return a.Unmap(), true
}

// setClient keeps a client that is an address.
func (e *Entry) setClient(s string) {
	if addr, ok := parseClient(s); ok {
		e.Client = addr
		e.Known |= detector.KnownClient
	}
}

// maxMethod is the length of the longest method believed, in bytes. The longest
// one registered has 17.
const maxMethod = 32

func isMethod(s string) bool {
	if s == "" || len(s) > maxMethod {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !token[s[i]] {
			return false
		}
	}
	return true
}

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !alnum(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return s != ""
}

// dash returns what the dash of a log means: nothing.
func dash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

// Sets of bytes: what net/url leaves alone in a path, what RFC 9110 allows in a
// token, and what addresses consist of.
var (
	usual   = set("-_.~$&+,/:;=@", alnum)
	token   = set("!#$%&'*+-.^_`|~", alnum)
	address = set(".:[]", func(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' })
)

func set(also string, in func(byte) bool) (s [256]bool) {
	for c := range s {
		s[c] = in(byte(c)) || strings.IndexByte(also, byte(c)) >= 0
	}
	return s
}

func alnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
