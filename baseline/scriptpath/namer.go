package scriptpath

import (
	"path"
	"slices"
	"strings"
)

// MaxPathLen is the longest script path that gets a profile, in bytes: Linux's
// PATH_MAX. No file has a longer one; a request for one is judged as unknown.
const MaxPathLen = 4096

// Name is what a request's path names.
type Name struct {
	// Path is the canonical path. For a script it ends with the executable
	// suffix; otherwise it is the whole canonical path.
	Path string
	// Full is the whole canonical path, PATH_INFO included.
	Full string
	// Script is true if a prefix of the path ends in an executable suffix.
	Script bool
	// Spelling tells how the path as sent differed from the canonical one.
	Spelling Spelling
}

// Namer finds the canonical name of request paths. It is immutable.
type Namer struct {
	suffixes *suffixSet
	list     []string // of the suffixes, in order
}

// NewNamer returns a Namer for the executable suffixes given, each a dot and
// up to 15 letters, digits, '_' or '-', in any case.
func NewNamer(suffixes []string) (*Namer, error) {
	set, err := newSuffixSet(suffixes)
	if err != nil {
		return nil, err
	}
	return &Namer{suffixes: set, list: set.sorted()}, nil
}

// Suffixes lists the executable suffixes in lower case and in order.
func (n *Namer) Suffixes() []string { return slices.Clone(n.list) }

// Executable reports whether the last segment of a path ends in an executable suffix.
func (n *Namer) Executable(path string) bool {
	_, ok := n.suffixes.executable(path)
	return ok
}

// Name returns the name of a path that was percent-decoded once, as
// [net/url.URL.Path] is. It does not allocate for a path that is canonical
// already. It never panics, and naming a canonical path gives that path.
func (n *Namer) Name(path string) Name {
	full, spelling := path, Spelling(0)
	if !plain(path) {
		full, spelling = n.canonical(path)
	}
	end, dot := n.script(full, 0)
	if end < 0 {
		return Name{Path: full, Full: full, Spelling: spelling}
	}
	if suffix := full[dot:end]; strings.IndexFunc(suffix, isUpper) >= 0 {
		full = full[:dot] + strings.ToLower(suffix) + full[end:]
		spelling |= SpelledCase
	}
	if end < len(full) {
		spelling |= SpelledPathInfo
	}
	return Name{Path: full[:end], Full: full, Script: true, Spelling: spelling}
}

// Longer returns the next longer script that the same request may mean, for
// paths such as /a.php/b.php where /a.php may be a directory.
func (n *Namer) Longer(name Name) (Name, bool) {
	if !name.Script {
		return Name{}, false
	}
	end, dot := n.script(name.Full, len(name.Path))
	if end < 0 {
		return Name{}, false
	}
	full := name.Full[:dot] + strings.ToLower(name.Full[dot:end]) + name.Full[end:]
	return Name{Path: full[:end], Full: full, Script: true, Spelling: name.Spelling}, true
}

// Split returns the end of the next prefix of the path, longer than from, that
// ends in an executable suffix, wherever in a segment that is, or -1. A server
// that splits paths at the first suffix, as Caddy's php_fastcgi does, runs
// /x.php for /x.php.jpg. Such a prefix is a script only if its file is there.
func (n *Namer) Split(path string, from int) (end int) { return n.suffixes.next(path, from) }

// Tidy returns a path as the client spelled it, with nothing but slashes and
// dot segments put right: the name of a file that may be another's disguise.
func Tidy(sent string) string {
	if !strings.HasPrefix(sent, "/") {
		sent = "/" + sent
	}
	tidy := path.Clean(sent)
	if tidy != "/" && (strings.HasSuffix(sent, "/") || strings.HasSuffix(sent, "/.") || strings.HasSuffix(sent, "/..")) {
		tidy += "/"
	}
	return tidy
}

// script finds the first segment at or after from that ends in an executable
// suffix, and returns where it ends and where its suffix begins, or -1.
func (n *Namer) script(full string, from int) (end, dot int) {
	for start := from; start < len(full); {
		end := start + 1
		for end < len(full) && full[end] != '/' {
			end++
		}
		if d, ok := n.suffixes.executable(full[start:end]); ok {
			return end, start + d
		}
		start = end
	}
	return -1, 0
}

// plain reports whether a path is canonical but perhaps for the case of its
// suffix: the common case, decided in one pass without allocating.
func plain(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c <= ' ' || c == 0x7f || c == '%' || c == '\\' || c == ';' || c == ':':
			return false
		case c == 0xc0 || c == 0xc1 || c == 0xe0 || c == 0xf0:
			return false // may begin an overlong form
		case c == '/' && i > 0 && (path[i-1] == '/' || path[i-1] == '.'):
			return false // an empty or dot segment, or a trailing dot
		}
	}
	return path[len(path)-1] != '.'
}

func isUpper(r rune) bool { return 'A' <= r && r <= 'Z' }
