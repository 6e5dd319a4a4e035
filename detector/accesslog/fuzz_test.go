package accesslog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fuzzLines checks that each line is an entry, malformed, or one of those that
// do not count.
func fuzzLines(f *testing.F, format Format, file string, ignored func(line []byte) bool) {
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(compressed(f, string(data))))
	for line := range bytes.Lines(data) {
		f.Add(bytes.Clone(line))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if isCompressed(data) {
			checkCompressed(t, data, format)
			return
		}
		for format, ignored := range map[Format]func([]byte) bool{format: ignored, Auto: ignoredByAuto} {
			entries, r := readAll(t, bytes.NewReader(data), format)
			if r.Format() == HAR {
				continue
			}
			for _, e := range entries {
				check(t, e)
			}
			lines := 0
			for line := range bytes.Lines(bytes.TrimPrefix(data, []byte(byteOrderMark))) {
				line = trimHole(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")))
				if len(line) > 0 && !ignored(line) {
					lines++
				}
			}
			if len(entries)+r.Malformed() != lines {
				t.Fatalf("%s: %d entries and %d malformed of %d lines", format, len(entries), r.Malformed(), lines)
			}
		}
	})
}

func isCompressed(data []byte) bool {
	_, err := decoded(bufio.NewReader(bytes.NewReader(data)))
	return errors.Is(err, errEncoding) || bytes.HasPrefix(data, []byte("\x1f\x8b")) || bytes.HasPrefix(data, []byte("BZh"))
}

// checkCompressed reads what begins like a compressed log. Most of it is none, and
// ends in an error: the entries before that are as good as any.
func checkCompressed(t *testing.T, data []byte, format Format) {
	t.Helper()
	r, err := Open(bytes.NewReader(data), format)
	for err == nil {
		var e Entry
		if e, err = r.Next(); err == nil {
			check(t, e)
		}
	}
}

// check checks what holds for every entry.
func check(t *testing.T, e Entry) {
	if !isMethod(e.Method) || e.URI == "" || e.Status < 0 || e.Status > 999 || e.Length < -1 || e.Sent < -1 ||
		e.EffectivePath != e.Path || e.Has(client) != e.Client.IsValid() || e.Line < 1 {
		t.Fatalf("inconsistent: %+v", e)
	}
	// The path must be what a server would have made of it.
	if u, err := url.ParseRequestURI(e.URI); err == nil && strings.HasPrefix(e.URI, "/") {
		if u.Path != e.Path || u.RawPath != e.RawPath || u.RawQuery != e.Query {
			t.Fatalf("%q: got %q, %q, %q, want %q, %q, %q", e.URI, e.Path, e.RawPath, e.Query, u.Path, u.RawPath, u.RawQuery)
		}
	}
}

func onlyBlanks(line []byte) bool { return len(bytes.Trim(line, " \t")) == 0 }

func ignoredByAuto(line []byte) bool { return line[0] == '#' || onlyBlanks(line) }

func FuzzCombined(f *testing.F) { fuzzLines(f, Combined, "combined.log", onlyBlanks) }

func FuzzVHost(f *testing.F) { fuzzLines(f, VHost, "vhost.log", onlyBlanks) }

func FuzzCaddy(f *testing.F) {
	fuzzLines(f, Caddy, "caddy.log", func(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 })
}

func FuzzW3C(f *testing.F) {
	fuzzLines(f, W3C, "iis.log", ignoredByAuto)
}

func FuzzHAR(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("testdata", "archive.har"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(compressed(f, string(data))))
	f.Add([]byte(`{"log":{"entries":[{}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if isCompressed(data) {
			checkCompressed(t, data, HAR)
			return
		}
		entries, r := readAll(t, bytes.NewReader(data), HAR)
		for _, e := range entries {
			check(t, e)
		}
		if len(entries)+r.Malformed() > len(data) {
			t.Fatalf("%d entries and %d malformed of %d bytes", len(entries), r.Malformed(), len(data))
		}
		// Of a valid document the elements can be counted in another way.
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if !json.Valid(data) || enter(d, '{', "log") != nil || enter(d, '{', "entries") != nil || enter(d, '[', "") != nil {
			return
		}
		elements := 0
		for ; d.More(); elements++ {
			if err := skip(d); err != nil {
				t.Fatal(err)
			}
		}
		if len(entries)+r.Malformed() != elements {
			t.Fatalf("%d entries and %d malformed of %d", len(entries), r.Malformed(), elements)
		}
	})
}
