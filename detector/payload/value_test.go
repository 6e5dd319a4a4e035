package payload

import (
	"strings"
	"testing"
)

func TestValues(t *testing.T) {
	long := strings.Repeat("x", 193)
	for name, c := range map[string]struct {
		read func(out Sink)
		want string
	}{
		"JSON":                {readJSON(`{"do":"save","of":{"kind":"page"},"n":7,"ok":true,"list":["a","b"]}`), "do=save of.kind=page"},
		"JSON with an escape": {readJSON(`{"do":"sa\u0076e"}`), ""},
		"JSON with a long one": {
			readJSON(`{"do":"` + long + `","to":"` + long[1:] + `"}`), "to=" + long[1:]},
		"JSON cut off": {readJSON(`{"do":"save","to":"pa`), "do=save"},
		"parts":        {readParts("--b\r\nContent-Disposition: form-data; name=\"do\"\r\n\r\nsave\r\n--b\r\nContent-Disposition: form-data; name=to\r\n\r\npage\r\n--b--\r\n"), "do=save to=page"},
		"a part of two lines": {
			readParts("--b\r\nContent-Disposition: form-data; name=\"do\"\r\n\r\nsave\r\nit\r\n--b--\r\n"), ""},
		"a long part": {readParts("--b\r\nContent-Disposition: form-data; name=\"do\"\r\n\r\n" + long + long + "\r\n--b--\r\n"), ""},
		"a part cut off": {
			readParts("--b\r\nContent-Disposition: form-data; name=\"do\"\r\n\r\nsa"), ""},
		"line feeds alone": {readParts("--b\nContent-Disposition: form-data; name=do\n\nsave\n--b--\n"), "do=save"},
	} {
		t.Run(name, func(t *testing.T) {
			var out found
			c.read(&out)
			if got := strings.Join(out.values, " "); got != c.want {
				t.Errorf("%q", got)
			}
		})
	}
}

func readJSON(text string) func(Sink) { return func(out Sink) { JSON([]byte(text), out) } }

func readParts(body string) func(Sink) {
	return func(out Sink) { Multipart("multipart/form-data; boundary=b", []byte(body), out) }
}
