package replay

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"github.com/webshell-guard/caddy-webshell-guard/detector/accesslog"
)

// sortRuns is how many sorted parts of a log are merged at once: as many files are
// open. More are merged in turns.
const sortRuns = 64

// sorted puts a log in order that is far out of it, such as several that were
// concatenated, through temporary files. The caller closes it.
type sorted struct {
	stream
	dir  string
	runs []*run
}

// sortStream reads a stream to its end. What was read when it broke off is sorted.
func sortStream(from stream, dir string) (s *sorted, err error) {
	s = &sorted{dir: dir}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	var part []item
	bytes := 0
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		slices.SortStableFunc(part, func(a, b item) int { return a.Time.Compare(b.Time) })
		r, err := writeRun(dir, &slicedStream{part})
		if err != nil {
			return err
		}
		s.runs = append(s.runs, r)
		part, bytes = part[:0], 0
		return s.fold()
	}
	for {
		it, err := from.next()
		if err != nil {
			break // told by the survey if it is not the end
		}
		part = append(part, it)
		if bytes += sizeOf(&it); len(part) >= maxHeldEntries || bytes >= maxHeldBytes {
			if err := flush(); err != nil {
				return s, err
			}
		}
	}
	if err := flush(); err != nil {
		return s, err
	}
	s.stream, err = s.merged()
	return s, err
}

// fold merges the runs into one when there are as many as may be open.
func (s *sorted) fold() error {
	if len(s.runs) < sortRuns {
		return nil
	}
	all, err := s.merged()
	if err != nil {
		return err
	}
	one, err := writeRun(s.dir, all)
	if err != nil {
		return err
	}
	s.close()
	s.runs = []*run{one}
	return nil
}

func (s *sorted) merged() (stream, error) {
	streams := make([]stream, 0, len(s.runs)+1)
	for _, r := range s.runs {
		streams = append(streams, r)
	}
	return merge(append(streams, &slicedStream{}))
}

// close removes the temporary files.
func (s *sorted) close() {
	for _, r := range s.runs {
		_ = r.file.Close() // it was only read
		_ = os.Remove(r.file.Name())
	}
	s.runs = nil
}

// slicedStream gives the items of a slice.
type slicedStream struct{ items []item }

func (s *slicedStream) next() (item, error) {
	if len(s.items) == 0 {
		return item{}, io.EOF
	}
	it := s.items[0]
	s.items = s.items[1:]
	return it, nil
}

// run is a sorted part in a temporary file, a sequence of CBOR items.
type run struct {
	file *os.File
	in   *cbor.Decoder
}

// record is what is stored of an item.
type record struct {
	_     struct{} `cbor:",toarray"`
	File  int
	Entry accesslog.Entry
}

func writeRun(dir string, from stream) (r *run, err error) {
	file, err := os.CreateTemp(dir, "webshell-guard-*.run")
	if err != nil {
		return nil, fmt.Errorf("sorting a log: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("sorting a log: %w", err), file.Close(), os.Remove(file.Name()))
		}
	}()
	mode, err := cbor.EncOptions{Time: cbor.TimeRFC3339Nano}.EncMode()
	if err != nil {
		return nil, err
	}
	out := bufio.NewWriterSize(file, 64<<10)
	enc := mode.NewEncoder(out)
	for {
		it, err := from.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := enc.Encode(record{File: it.file, Entry: it.Entry}); err != nil {
			return nil, err
		}
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	back, err := cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode() // clients send what they like
	if err != nil {
		return nil, err
	}
	return &run{file: file, in: back.NewDecoder(bufio.NewReaderSize(file, 64<<10))}, nil
}

func (r *run) next() (item, error) {
	var rec record
	if err := r.in.Decode(&rec); err != nil {
		return item{}, err
	}
	return item{Entry: rec.Entry, file: rec.File}, nil
}
