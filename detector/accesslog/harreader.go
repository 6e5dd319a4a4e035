package accesslog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// MaxHAREntry is the length of the longest entry read from a HAR file, in
// bytes. Longer ones are malformed. Entries hold whole bodies.
const MaxHAREntry = 64 << 20

// harReader cuts a HAR file into its entries, without decoding them: one that
// is malformed must not cost the others, and one of any length not the memory.
type harReader struct {
	in        *bufio.Reader
	longest   int // of the entries, in bytes
	value     []byte
	number    int // of the last entry
	malformed int // since taken
	err       error
}

func newHARReader(in *bufio.Reader) *harReader {
	h := &harReader{in: in, longest: MaxHAREntry}
	h.err = h.seek()
	return h
}

// takeMalformed returns how many entries were malformed since the last call.
func (h *harReader) takeMalformed() int {
	n := h.malformed
	h.malformed = 0
	return n
}

// next reads the next entry.
func (h *harReader) next(e *Entry) error {
	for {
		if h.err == nil {
			h.err = h.read()
		}
		if h.err != nil {
			return h.err
		}
		h.number++
		e.reset()
		if h.value != nil && parseHAR(h.value, e) {
			e.Line = h.number
			return nil
		}
		h.malformed++
	}
}

// seek goes to the first entry of the document: into the array log.entries.
func (h *harReader) seek() error {
	if err := discardSpace(h.in); err != nil {
		return err
	}
	d := json.NewDecoder(io.LimitReader(h.in, MaxHAREntry))
	d.UseNumber() // one of any size is none of our business
	err := enter(d, json.Delim('{'), "log")
	if err == nil {
		err = enter(d, json.Delim('{'), "entries")
	}
	if err == nil {
		err = enter(d, json.Delim('['), "")
	}
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		h.in = bufio.NewReaderSize(io.MultiReader(d.Buffered(), h.in), bufferSize)
	case errors.Is(err, errNoHAR), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax):
		h.malformed++
		err = io.EOF
	}
	return err
}

var errNoHAR = errors.New("not a HAR document")

// enter reads the beginning of an object or array and, if a key is given, the
// members before the one with that key.
func enter(d *json.Decoder, delim json.Delim, key string) error {
	switch t, err := d.Token(); {
	case err != nil:
		return err
	case t != delim:
		return errNoHAR
	case key == "":
		return nil
	}
	for {
		switch t, err := d.Token(); {
		case err != nil:
			return err
		case t == key:
			return nil
		case t == json.Delim('}'):
			return errNoHAR
		}
		if err := skip(d); err != nil {
			return err
		}
	}
}

// skip reads a value, one token at a time.
func skip(d *json.Decoder) error {
	for depth := 0; ; {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth <= 0 {
			return nil
		}
	}
}

// read reads the next value of the array, or nil for one that is too long.
func (h *harReader) read() error {
	h.value = h.value[:0]
	depth, quoted, escaped, tooLong := 0, false, false, false
	for {
		c, err := h.in.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) {
				h.malformed++ // the array has no end
			}
			return err
		}
		if len(h.value) == 0 && !tooLong {
			switch c {
			case ' ', '\t', '\r', '\n', ',':
				continue
			case ']':
				return io.EOF
			}
		}
		if tooLong = tooLong || len(h.value) >= h.longest; !tooLong {
			h.value = append(h.value, c)
		}
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth > 0 || quoted {
			continue
		}
		// A scalar is no entry; each of its bytes up to a comma is part of it.
		if c == '}' || c == ']' || c == '"' {
			break
		}
		if next, err := h.in.Peek(1); err != nil || next[0] == ',' || next[0] == ']' {
			break
		}
	}
	if tooLong {
		h.value = nil
	}
	return nil
}

// looksLikeHAR reports whether a document begins like a HAR file: with an object
// that has an object called log. A line of a log that is JSON has none.
func looksLikeHAR(start []byte) bool {
	d := json.NewDecoder(bytes.NewReader(start))
	d.UseNumber()
	if enter(d, json.Delim('{'), "log") != nil {
		return false
	}
	t, err := d.Token()
	return err == nil && t == json.Delim('{')
}
