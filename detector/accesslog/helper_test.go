package accesslog

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// readAll reads a log to its end, and fails if that takes more entries than it
// can have.
func readAll(t testing.TB, from io.Reader, format Format) ([]Entry, *Reader) {
	t.Helper()
	r, err := Open(from, format)
	if err != nil {
		t.Fatal(err)
	}
	return rest(t, r), r
}

// rest reads what is left of a log.
func rest(t testing.TB, r *Reader) (entries []Entry) {
	t.Helper()
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
}

func readFile(t testing.TB, name string, format Format) ([]Entry, *Reader) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, strings.NewReader(string(data)), format)
}

// one reads a log of one line.
func one(t testing.TB, line string, format Format) (e Entry, ok bool) {
	t.Helper()
	entries, r := readAll(t, strings.NewReader(line), format)
	if len(entries)+r.Malformed() != 1 {
		t.Fatalf("%q: %d entries, %d malformed, want one of either", line, len(entries), r.Malformed())
	}
	if len(entries) == 0 {
		return Entry{}, false
	}
	return entries[0], true
}

func addr(s string) netip.Addr {
	if s == "" {
		return netip.Addr{}
	}
	return netip.MustParseAddr(s)
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
