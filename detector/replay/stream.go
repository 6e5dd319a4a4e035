package replay

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector/accesslog"
)

// item is an entry, and which of the logs it is from.
type item struct {
	accesslog.Entry
	file int
}

// stream gives items until io.EOF.
type stream interface{ next() (item, error) }

// logStream gives a log's entries in the order they stand in it.
type logStream struct {
	*accesslog.Reader
	file   *os.File
	index  int
	source *source
}

// open opens the log. Progress is told of the bytes read, compressed as they are.
func (s *source) open(index int, format accesslog.Format, progress func(int)) (*logStream, error) {
	file, err := os.Open(s.path)
	if err != nil {
		return nil, fmt.Errorf("reading the log: %w", err)
	}
	r, err := accesslog.Open(&counted{file, progress}, format)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", s.name, err), file.Close())
	}
	return &logStream{Reader: r, file: file, index: index, source: s}, nil
}

func (l *logStream) next() (item, error) {
	entry, err := l.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: %w", l.source.name, err)
	}
	return item{Entry: entry, file: l.index}, err
}

func (l *logStream) close() { _ = l.file.Close() } // it was only read

// counted tells of what is read.
type counted struct {
	io.Reader
	progress func(int)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.progress(n)
	return n, err
}

// span is what the first reading found out of a log.
type span struct {
	first, last time.Time
	entries     int
	malformed   int
	disorder    time.Duration // by how much an entry is older than one before it, at most
	broken      error         // what ended the reading early
}

// survey reads a log to its end. A log that breaks off, as one that is being
// compressed does, is not lost up to there.
func (s *source) survey(index int, format accesslog.Format, progress func(int)) (found span, err error) {
	log, err := s.open(index, format, progress)
	if err != nil {
		return found, err
	}
	defer log.close()
	for {
		it, err := log.next()
		if err != nil {
			found.malformed = log.Malformed()
			if !errors.Is(err, io.EOF) {
				found.broken = err
			}
			return found, nil
		}
		found.add(it.Time)
	}
}

func (s *span) add(t time.Time) {
	if s.entries++; s.entries == 1 {
		s.first, s.last = t, t
		return
	}
	if t.Before(s.first) {
		s.first = t
	}
	if t.After(s.last) {
		s.last = t
	} else {
		s.disorder = max(s.disorder, s.last.Sub(t))
	}
}

// join adds what was found of another log.
func (s *span) join(other *span) {
	s.malformed += other.malformed
	if other.entries == 0 {
		return
	}
	if s.entries == 0 || other.first.Before(s.first) {
		s.first = other.first
	}
	if s.entries == 0 || other.last.After(s.last) {
		s.last = other.last
	}
	s.entries += other.entries
}
