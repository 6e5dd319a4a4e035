package accesslog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

const good = `192.0.2.1 - - [01/Mar/2024:00:00:00 +0000] "GET /a HTTP/1.1" 200 1 "-" "-"`

func compressed(t testing.TB, data string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(data))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReaderCountsLines(t *testing.T) {
	long := strings.Repeat("x", MaxLine)
	fit := strings.Replace(good, "/a", "/"+strings.Repeat("a", MaxLine-len(good)+1), 1)
	tests := []struct {
		name, log                string
		entries, malformed, line int
	}{
		{"empty", "", 0, 0, 0},
		{"no end", good, 1, 0, 1},
		{"CRLF and blanks", "\r\n  \n" + good + "\r\n\n", 1, 0, 3},
		{"too long", long + "x\n" + good + "\n", 1, 1, 2},
		{"far too long, at the end", good + "\n" + long + long + long, 1, 1, 1},
		{"the longest", fit + "\r\n" + good, 2, 0, 2},
		{"one byte too long", fit + " \n" + good, 1, 1, 2},
		{"longer than the buffer", "x" + long[:bufferSize*2] + "\n" + good, 1, 1, 2},
		{"a hole", strings.Repeat("\x00", 5000) + good, 1, 0, 1},
		{"byte order mark", byteOrderMark + good, 1, 0, 1},
		{"gzip", compressed(t, good+"\n"+good), 2, 0, 2},
		{"gzip, two members", compressed(t, good+"\n") + compressed(t, good), 2, 0, 2},
		{"gzip, empty", compressed(t, ""), 0, 0, 0},
		{"a bomb", compressed(t, strings.Repeat("\x00", 8<<20)+"\n"+good), 1, 1, 2},
	}
	for _, want := range tests {
		t.Run(want.name, func(t *testing.T) {
			entries, r := readAll(t, strings.NewReader(want.log), Auto)
			if len(entries) != want.entries || r.Malformed() != want.malformed {
				t.Fatalf("got %d entries, %d malformed, want %d and %d", len(entries), r.Malformed(), want.entries, want.malformed)
			}
			if len(entries) > 0 {
				equal(t, "last line", entries[len(entries)-1].Line, want.line)
			}
		})
	}
}

func TestReaderReportsErrorsOfReading(t *testing.T) {
	broken := errors.New("broken")
	whole := compressed(t, strings.Repeat(good+"\n", 5000))
	tests := []struct {
		name   string
		from   io.Reader
		format Format
		want   error
	}{
		{"lines", io.MultiReader(strings.NewReader(good+"\n"), iotest.ErrReader(broken)), Auto, broken},
		{"HAR", io.MultiReader(strings.NewReader(`{"log":{"entries":[`), iotest.ErrReader(broken)), HAR, broken},
		{"HAR, before its entries", io.MultiReader(strings.NewReader(`{"log":{"pages":[`), iotest.ErrReader(broken)), HAR, broken},
		{"gzip", strings.NewReader(whole[:len(whole)/2]), Auto, io.ErrUnexpectedEOF},
	}
	for _, want := range tests {
		t.Run(want.name, func(t *testing.T) {
			r, err := Open(want.from, want.format)
			for err == nil {
				_, err = r.Next()
			}
			if !errors.Is(err, want.want) {
				t.Errorf("got %v, want %v", err, want.want)
			}
			if _, again := r.Next(); !errors.Is(again, want.want) {
				t.Errorf("again: got %v, want %v", again, want.want)
			}
		})
	}
}

func TestOpenFails(t *testing.T) {
	if _, err := Open(strings.NewReader(good), "apache"); err == nil {
		t.Error("opened a log of an unknown format")
	}
	if _, err := Open(strings.NewReader("\x1f\x8b no gzip"), Auto); err == nil {
		t.Error("opened what is no gzip")
	}
	if _, err := Open(iotest.ErrReader(errors.New("broken")), Auto); err == nil {
		t.Error("opened what cannot be read")
	}
}

func TestAutoReadsConcatenatedLogs(t *testing.T) {
	var log strings.Builder
	want := 0
	for _, file := range []struct {
		name    string
		entries int
	}{{"iis.log", 3}, {"combined.log", 5}, {"caddy.log", 3}, {"vhost.log", 4}, {"iis.log", 3}, {"common.log", 2}} {
		data, err := os.ReadFile(filepath.Join("testdata", file.name))
		if err != nil {
			t.Fatal(err)
		}
		log.Write(data)
		want += file.entries
	}
	entries, r := readAll(t, strings.NewReader(log.String()), Auto)
	equal(t, "entries", len(entries), want)
	equal(t, "malformed", r.Malformed(), 2+3+3+2+1)
}

func TestParseFormat(t *testing.T) {
	for _, f := range Formats() {
		got, err := ParseFormat(strings.ToUpper(string(f)))
		if err != nil || got != f {
			t.Errorf("%s: got %q, %v", f, got, err)
		}
	}
	if f, err := ParseFormat(""); f != Auto || err != nil {
		t.Errorf("empty: got %q, %v", f, err)
	}
	if _, err := ParseFormat("apache"); err == nil {
		t.Error("apache: got no error")
	}
}
