package main

import (
	"bytes"
	"testing"
)

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		`a\x00\xffb`: "a\x00\xffb",
		`\x4`:        `\x4`,
		`C:\xyz`:     `C:\xyz`,
		"":           "",
	} {
		if got := unescape(in); string(got) != want {
			t.Errorf("%q is unescaped as %q, want %q", in, got, want)
		}
	}
}

func TestReassembleMultipart(t *testing.T) {
	parts := []string{`form-data; name="a"`, `form-data; name="b"`}
	got := reassemble([]string{"multipart/form-data; boundary=X"}, parts, []byte("data"))
	want := "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n" +
		"--X\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\ndata\r\n--X--\r\n"
	if !bytes.Equal(got, []byte(want)) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := reassemble([]string{"text/plain"}, nil, []byte("data")); string(got) != "data" {
		t.Errorf("a body of one part became %q", got)
	}
}
