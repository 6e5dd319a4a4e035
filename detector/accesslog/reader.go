package accesslog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Reader reads the entries of one log. It is for one goroutine.
type Reader struct {
	format Format // as asked for
	found  Format // of the last entry
	har    *harReader
	lines  *lineReader

	parsers   []lineParser // of lines
	malformed int
	entry     Entry
}

// Open begins to read a log, which may be compressed by gzip or bzip2. The caller closes
// what it is read from, after the last call of Next. Open fails if the format is unknown,
// the log is in an encoding that is not read, or nothing can be read; an empty log has no
// entries.
//
// Memory is bounded whatever the log holds: 64 KiB, 4 MiB for bzip2, and one line of up to
// [MaxLine] bytes, or one entry of up to [MaxHAREntry].
func Open(from io.Reader, format Format) (*Reader, error) {
	if !slices.Contains(Formats(), format) {
		return nil, fmt.Errorf("opening the log: format %q is unknown", format)
	}
	in, err := decoded(bufio.NewReaderSize(from, bufferSize))
	if err != nil {
		return nil, err
	}
	start, err := in.Peek(bufferSize)
	if err != nil && !errors.Is(err, io.EOF) && len(start) == 0 {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	if bytes.HasPrefix(start, []byte(byteOrderMark)) {
		start = start[len(byteOrderMark):]
		if _, err := in.Discard(len(byteOrderMark)); err != nil {
			return nil, fmt.Errorf("opening the log: %w", err)
		}
	}
	r := &Reader{format: format, found: format}
	if format == HAR || format == Auto && looksLikeHAR(start) {
		r.found = HAR
		r.har = newHARReader(in)
	} else {
		r.lines, r.parsers = &lineReader{in: in}, parsers(format)
	}
	return r, nil
}

const byteOrderMark = "\xef\xbb\xbf"

// Next returns the next entry, or io.EOF after the last one. What cannot be
// parsed is counted and skipped. Any other error is one of reading: what came
// before it was returned, nothing follows.
func (r *Reader) Next() (Entry, error) {
	for {
		if r.har != nil {
			err := r.har.next(&r.entry)
			r.malformed += r.har.takeMalformed()
			if err != nil {
				return Entry{}, readingError(err)
			}
			return r.entry, nil
		}
		line, err := r.lines.next()
		if err != nil {
			return Entry{}, readingError(err)
		}
		if line == nil {
			r.malformed++
			continue
		}
		if len(line) == 0 {
			continue
		}
		switch r.entry.reset(); r.parse(line) {
		case parsed:
			r.entry.Line = r.lines.number
			return r.entry, nil
		case failed:
			r.malformed++
		}
	}
}

func readingError(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return fmt.Errorf("reading the log: %w", err)
}

// Malformed returns how many lines were no entries, up to now. Blank lines and
// the directives of W3C logs do not count. Of a HAR file it counts entries, and
// a document that ends too early as one.
func (r *Reader) Malformed() int { return r.malformed }

// Format returns the format that the log was opened with or, after Auto, the
// one of the last entry; Auto before the first.
func (r *Reader) Format() Format { return r.found }

// parse parses a line into the entry: in Auto by the first parser that claims it and can.
func (r *Reader) parse(line []byte) outcome {
	for _, p := range r.parsers {
		if r.format == Auto && !p.claims(line) {
			continue
		}
		result := p.parse(line, &r.entry)
		if result == parsed && r.format == Auto {
			r.found = p.format()
		}
		if result != failed {
			return result
		}
		r.entry.reset()
	}
	return failed
}
