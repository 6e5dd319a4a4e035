package payload

import (
	"bytes"
	"encoding/json"
)

// JSON reads the keys of JSON as paths, such as user.name. An array has the path of its key,
// and a key of digits is {n}: both count things. It returns the operation that GraphQL or
// JSON-RPC is asked for, "" if none, and whether it read all there is: it does not if the text
// ends early, is malformed, or has more than 32 levels or longer names than 256 bytes.
//
// It is a scanner of its own because the token reader of encoding/json allocates for each
// token, the values too, and gives up where parsers that are less strict read on.
func JSON(text []byte, out Sink) (operation string, complete bool) {
	s := jsonScanner{text: text, out: out, complete: true}
	s.scan()
	return s.operation.name(), s.complete && s.level == 0 && s.values > 0
}

// jsonScanner reads JSON. It keeps the path of the key at hand.
type jsonScanner struct {
	text      []byte
	at        int
	out       Sink
	complete  bool
	operation jsonOperation

	level  int
	levels [maxLevels]jsonLevel
	path   [maxName]byte
	length int // of the path
	values int
}

// jsonLevel is an object or an array that is open.
type jsonLevel struct {
	object bool
	key    bool // a key comes next, if anything
	base   int  // of the path outside
}

func (s *jsonScanner) scan() {
	s.text = bytes.TrimPrefix(s.text, []byte("\xef\xbb\xbf"))
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case '{', '[':
			s.open(c == '{')
		case '}', ']':
			if s.level--; s.level < 0 {
				s.level, s.complete = 0, false
				return
			}
			if s.level < maxLevels {
				s.length = s.levels[s.level].base
				s.complete = s.complete && s.levels[s.level].object == (c == '}')
			}
		case ',':
			if l := s.top(); l != nil && l.object {
				l.key, s.length = true, l.base
			}
		case '"':
			if !s.readString() {
				return
			}
		case ' ', '\t', '\r', '\n', ':':
		default:
			s.values++
			if l := s.top(); !isLiteral(c) || l != nil && l.object && l.key {
				s.complete = false // a key without quotes, or a comment, which some parsers take
			}
		}
	}
}

// top returns the innermost object or array, or nil if it is none, or too deep.
func (s *jsonScanner) top() *jsonLevel {
	if s.level == 0 || s.level > maxLevels {
		return nil
	}
	return &s.levels[s.level-1]
}

func (s *jsonScanner) open(object bool) {
	s.values++
	if l := s.top(); l != nil && l.object && l.key {
		s.complete = false // no key is an object
	}
	if s.level < maxLevels {
		s.levels[s.level] = jsonLevel{object: object, key: object, base: s.length}
	} else {
		s.complete = false
	}
	s.level++
}

// readString reads one string, from its quote to the last, as a key or as a value. It reports
// whether to go on.
func (s *jsonScanner) readString() bool {
	begin, escaped := s.at, false
	for s.at++; ; s.at++ {
		if s.at >= len(s.text) {
			s.complete = false
			return false
		}
		c := s.text[s.at]
		if c == '\\' {
			escaped = true
			s.at++
		} else if c == '"' {
			break
		}
	}
	quoted := s.text[begin : s.at+1]
	l := s.top()
	if l == nil || !l.object || !l.key {
		s.values++
		s.operation.value(s, quoted)
		if value := quoted[1 : len(quoted)-1]; l != nil && l.object && !escaped && len(value) <= maxValue {
			s.out.Value(s.path[:s.length], value)
		}
		return true
	}
	l.key = false
	return s.key(l, quoted, escaped)
}

// key reads a key, and reports whether to go on.
func (s *jsonScanner) key(l *jsonLevel, quoted []byte, escaped bool) bool {
	name := quoted[1 : len(quoted)-1]
	if escaped {
		var plain string
		if json.Unmarshal(quoted, &plain) != nil {
			s.complete = false
		}
		name = []byte(plain)
	}
	if isNumber(name) {
		name = []byte("{n}")
	}
	s.length = l.base
	if s.length > 0 && s.length < maxName {
		s.path[s.length] = '.'
		s.length++
	}
	n := copy(s.path[s.length:], name)
	s.length += n
	if n < len(name) {
		s.complete = false
	}
	s.operation.key(s, name)
	return s.out.Name(s.path[:s.length])
}

// isLiteral reports whether numbers, true, false and null can have the character.
func isLiteral(c byte) bool { return c == '-' || c == '+' || c == '.' || isWord(c) }

func isNumber(name []byte) bool {
	for _, c := range name {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(name) > 0
}
