package accesslog

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// MaxLine is the length of the longest line read, in bytes. Longer ones are
// malformed; servers take no requests of such a length.
const MaxLine = 1 << 20

const bufferSize = 64 << 10

// lineReader splits a log into lines.
type lineReader struct {
	in     *bufio.Reader
	spill  []byte // a line that does not fit the reader's buffer
	number int    // of the last line returned
	err    error  // to be returned after the last line
}

// next returns the next line without its end, valid until the next call: nil
// for one that is too long. The last one may lack its end.
func (l *lineReader) next() ([]byte, error) {
	if l.err != nil {
		return nil, l.err
	}
	line, err := l.in.ReadSlice('\n')
	tooLong := false
	if errors.Is(err, bufio.ErrBufferFull) {
		l.spill = l.spill[:0]
		for errors.Is(err, bufio.ErrBufferFull) {
			// The end of the line may take up two bytes more.
			if tooLong = tooLong || len(l.spill)+len(line) > MaxLine+2; !tooLong {
				l.spill = append(l.spill, line...)
			}
			line, err = l.in.ReadSlice('\n')
		}
		if !tooLong {
			l.spill = append(l.spill, line...)
			line = l.spill
		}
	}
	if err != nil {
		l.err = err
		if len(line) == 0 && !tooLong {
			return nil, err
		}
	}
	l.number++
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if tooLong || len(line) > MaxLine {
		return nil, nil
	}
	return trimHole(line), nil
}

// trimHole removes zeros from a line's beginning: what a log has in place of
// lines that were cut off while the server had it open.
func trimHole(line []byte) []byte {
	for len(line) > 0 && line[0] == 0 {
		line = line[1:]
	}
	return line
}

// nextField cuts off a field; blanks and tabulators separate them.
func nextField(s string) (field, rest string) {
	start := 0
	for start < len(s) && (s[start] == ' ' || s[start] == '\t') {
		start++
	}
	end := start
	for end < len(s) && s[end] != ' ' && s[end] != '\t' {
		end++
	}
	return s[start:end], s[end:]
}

// discardSpace reads up to the next byte that is not white space.
func discardSpace(in io.ByteScanner) error {
	for {
		c, err := in.ReadByte()
		if err != nil {
			return err
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return in.UnreadByte()
		}
	}
}
