package payload

import (
	"bytes"
	"mime"
	"strings"
)

const (
	// maxDelimiters is how many boundaries count at once: as two kinds of servers read the
	// header, and those of parts that have parts.
	maxDelimiters = 4
	// maxBoundary bounds one, in bytes. RFC 2046 permits 70.
	maxBoundary = 256
)

// Multipart reads the names of parts and of the files in them. It reports whether it read
// all there is: it does not without an end.
//
// It is a scanner of its own because mime/multipart refuses what servers take: line feeds
// alone, headers that are folded, names in single quotes or in none, a boundary that is
// written otherwise. It also allocates for each part.
func Multipart(contentType string, body []byte, out Sink) (complete bool) {
	m := multipartScanner{rest: body, lineStart: true, out: out}
	m.addBoundary(parameter(contentType, "boundary"))
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		m.addBoundary(params["boundary"])
	}
	if m.count == 0 {
		m.guessBoundary()
	}
	return m.scan()
}

// multipartScanner reads a multipart body.
type multipartScanner struct {
	rest       []byte
	out        Sink
	delimiters [maxDelimiters][]byte
	count      int  // of them
	lineStart  bool // rest begins a line
	parts      int  // read
	ended      bool // an end was seen
}

func (m *multipartScanner) addBoundary(boundary string) {
	if boundary == "" || len(boundary) > maxBoundary || m.count == maxDelimiters {
		return
	}
	delimiter := []byte("--" + boundary)
	for _, known := range m.delimiters[:m.count] {
		if bytes.Equal(known, delimiter) {
			return
		}
	}
	m.delimiters[m.count] = delimiter
	m.count++
}

// guessBoundary takes the first line for a delimiter, if it looks like one: the header names
// none that could be read, and some servers do as much.
func (m *multipartScanner) guessBoundary() {
	line, _, _ := bytes.Cut(m.rest, []byte{'\n'})
	if boundary, found := bytes.CutPrefix(bytes.TrimRight(line, "\r \t"), []byte("--")); found {
		m.addBoundary(string(boundary))
	}
}

// scan reads part after part, and on after an end: PHP does.
func (m *multipartScanner) scan() bool {
	if m.count == 0 {
		return false
	}
	for m.next() {
		m.parts++
		header, ok := m.header()
		if !ok || !m.part(header) {
			return false
		}
		m.value(header)
	}
	return m.ended && m.parts > 0
}

// next goes to the line after the next delimiter that begins a part, and reports whether there
// is one. A delimiter begins a line.
func (m *multipartScanner) next() bool {
	for {
		if !m.lineStart {
			i := bytes.Index(m.rest, []byte("\n--"))
			if i < 0 {
				return false
			}
			m.rest = m.rest[i+1:]
		}
		m.lineStart = false
		found := m.delimiterLen()
		if found == 0 {
			continue
		}
		line, rest, more := bytes.Cut(m.rest[found:], []byte{'\n'})
		switch after := bytes.TrimRight(line, " \t\r"); {
		case bytes.HasPrefix(after, []byte("--")):
			m.ended = true
		case len(after) == 0 && more:
			m.rest = rest
			return true
		}
	}
}

// delimiterLen is how long the delimiter is that begins here, or 0.
func (m *multipartScanner) delimiterLen() (longest int) {
	for _, d := range m.delimiters[:m.count] {
		if bytes.HasPrefix(m.rest, d) {
			longest = max(longest, len(d))
		}
	}
	return longest
}

// header takes the lines up to the next empty one, and reports whether there is one.
func (m *multipartScanner) header() (lines []byte, ok bool) {
	for at := 0; ; {
		end := bytes.IndexByte(m.rest[at:], '\n')
		if end < 0 {
			return nil, false
		}
		if line := m.rest[at : at+end]; len(bytes.TrimRight(line, "\r")) == 0 {
			lines = m.rest[:at]
			m.rest = m.rest[at+end:] // with the line feed, before which a delimiter may stand
			return lines, true
		}
		at += end + 1
	}
}

// part reads the header of a part, and reports whether to go on.
func (m *multipartScanner) part(header []byte) bool {
	for len(header) > 0 {
		var field string
		if field, header = nextField(header); len(field) > maxField {
			return false
		}
		name, value, _ := strings.Cut(field, ":")
		switch name = strings.TrimSpace(name); {
		case strings.EqualFold(name, "Content-Disposition"):
			if !readDisposition(value, m.out) {
				return false
			}
		case strings.EqualFold(name, "Content-Type"):
			if hasPrefixFold(strings.TrimSpace(value), "multipart/") {
				m.addBoundary(parameter(value, "boundary"))
			}
		}
	}
	return true
}

// value hands the content of a part on, if it is one line.
func (m *multipartScanner) value(header []byte) {
	content := bytes.TrimPrefix(m.rest, []byte{'\n'})
	end := bytes.IndexByte(content[:min(len(content), maxValue+2)], '\n')
	if end < 0 || !bytes.HasPrefix(content[end+1:], []byte("--")) {
		return
	}
	for len(header) > 0 {
		var field string
		field, header = nextField(header)
		key, value, _ := strings.Cut(field, ":")
		if name := parameter(value, "name"); name != "" && strings.EqualFold(strings.TrimSpace(key), "Content-Disposition") {
			m.out.Value([]byte(name), bytes.TrimRight(content[:end], "\r"))
			return
		}
	}
}

// nextField cuts a field off, with its folded lines: those that begin with a blank, and as in
// PHP those without a colon.
func nextField(header []byte) (field string, rest []byte) {
	line, rest, _ := bytes.Cut(header, []byte{'\n'})
	line = bytes.TrimRight(line, "\r")
	unfolded := line[:len(line):len(line)] // to append to it copies it
	for len(rest) > 0 && len(unfolded) <= maxField {
		next, after, _ := bytes.Cut(rest, []byte{'\n'})
		if next = bytes.TrimRight(next, "\r"); len(next) == 0 || next[0] != ' ' && next[0] != '\t' && bytes.IndexByte(next, ':') >= 0 {
			break
		}
		unfolded, rest = append(unfolded, next...), after
	}
	return string(unfolded), rest
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}
