package accesslog

import (
	"fmt"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

func TestCaddyFile(t *testing.T) {
	for _, format := range []Format{Caddy, Auto} {
		entries, r := readFile(t, "caddy.log", format)
		equal(t, "malformed", r.Malformed(), 3)
		equal(t, "format", r.Format(), Caddy)
		if len(entries) != 3 {
			t.Fatalf("%s: got %d entries, want 3", format, len(entries))
		}
		e := entries[0]
		equal(t, "line", e.Line, 2)
		equal(t, "known", e.Known, detector.KnownBody|detector.KnownClient|detector.KnownOrigin|detector.KnownReferer)
		equal(t, "time", e.Time, at("2024-03-01T00:00:00.1234567Z"))
		equal(t, "client", e.Client, addr("192.0.2.10"))
		equal(t, "host", e.Host, "www.example.com")
		equal(t, "path", e.Path, "/upload.php")
		equal(t, "query", e.Query, "dir=%2Ftmp")
		equal(t, "URI", e.URI, "/upload.php?dir=%2Ftmp")
		equal(t, "referer", e.Referer, "https://www.example.com/form")
		equal(t, "origin", e.Origin, "https://www.example.com")
		equal(t, "agent", e.Agent, "curl/8.5.0")
		equal(t, "body", e.HasBody, true)
		equal(t, "sent", e.Sent, 11)
		equal(t, "length", e.Length, 2900)
		equal(t, "status", e.Status, 200)
		equal(t, "type", e.ContentType, "text/html; charset=utf-8")
		cookies, ok := e.Header["Cookie"]
		equal(t, "has cookies, unnamed", ok && len(cookies) == 0, true)

		e = entries[1]
		equal(t, "status of the error", e.Status, 502)
		equal(t, "body of the error", e.HasBody, false)
		equal(t, "known of the error", e.Has(detector.KnownBody|detector.KnownReferer), true)

		e = entries[2]
		equal(t, "known of the third", e.Known, detector.KnownBody|detector.KnownClient)
		equal(t, "body of the third", e.HasBody, true)
		equal(t, "client of the third", e.Client, addr("2001:db8::17"))
		equal(t, "time of the third", e.Time, at("2024-03-01T00:00:03.25Z"))
		equal(t, "sent of the third", e.Sent, -1)
	}
}

func TestCaddyTimes(t *testing.T) {
	tests := []struct{ ts, want string }{
		{`1709251200`, "2024-03-01T00:00:00Z"},
		{`1709251200.5`, "2024-03-01T00:00:00.5Z"},
		{`1709251200.1234567891`, "2024-03-01T00:00:00.123456789Z"},
		{`1709251200123.25`, "2024-03-01T00:00:00.12325Z"},
		{`1709251200123456789`, "2024-03-01T00:00:00.123456789Z"},
		{`"2024-03-01T00:00:00.5Z"`, "2024-03-01T00:00:00.5Z"},
		{`"2024-03-01T01:00:00.500+0100"`, "2024-03-01T00:00:00.5Z"},
		{`"2024/03/01 00:00:00"`, "2024-03-01T00:00:00Z"},
		{`"2024/03/01 00:00:00.123"`, "2024-03-01T00:00:00.123Z"},
		{`"01/Mar/2024:01:00:00 +0100"`, "2024-03-01T00:00:00Z"},
		{`"Fri, 01 Mar 2024 00:00:00 GMT"`, "2024-03-01T00:00:00Z"},
		{`"noon"`, ""}, {`-1`, ""}, {`1e9`, ""}, {`1.5e9`, ""}, {`true`, ""}, {`null`, ""}, {`99999999999999999999`, ""},
	}
	for _, want := range tests {
		e, ok := one(t, fmt.Sprintf(`{"ts":%s,"request":{"method":"GET","uri":"/"},"status":200}`, want.ts), Caddy)
		if ok != (want.want != "") || ok && e.Time != at(want.want) {
			t.Errorf("%s: got %v %v, want %s", want.ts, ok, e.Time, want.want)
		}
	}
}

func TestCaddyOddLines(t *testing.T) {
	tests := []struct {
		line string
		ok   bool
	}{
		{`{"ts":1,"request":{"method":"GET","uri":"/","headers":"filtered"},"status":"200"}`, true},
		{`{"ts":1,"request":{"method":"GET","uri":"/"},"status":200}}`, false},
		{`{"ts":1,"request":{"method":"GET","uri":"/"},"status":-1}`, false},
		{`{"ts":1,"request":{"method":"GET","uri":""},"status":200}`, false},
		{`{"ts":1,"request":null,"status":200}`, false},
		{`{"request":{"method":"GET","uri":"/"},"status":200}`, false},
		{`[]`, false},
		{`{`, false},
	}
	for _, want := range tests {
		if e, ok := one(t, want.line, Caddy); ok != want.ok || e.Known != 0 {
			t.Errorf("%s: got %v, knowing %b", want.line, ok, e.Known)
		}
	}
}
