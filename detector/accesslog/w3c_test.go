package accesslog

import (
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

func TestW3CFile(t *testing.T) {
	for _, format := range []Format{W3C, Auto} {
		entries, r := readFile(t, "iis.log", format)
		equal(t, "malformed", r.Malformed(), 2)
		equal(t, "format", r.Format(), W3C)
		if len(entries) != 3 {
			t.Fatalf("%s: got %d entries, want 3", format, len(entries))
		}
		e := entries[0]
		equal(t, "line", e.Line, 5)
		equal(t, "known", e.Known, client|referer)
		equal(t, "time", e.Time, at("2024-03-01T00:00:00Z"))
		equal(t, "method", e.Method, "GET")
		equal(t, "path", e.Path, "/My Files/default.aspx")
		equal(t, "raw path", e.RawPath, "")
		equal(t, "query", e.Query, "id=1+2")
		equal(t, "client", e.Client, addr("192.0.2.10"))
		equal(t, "referer", e.Referer, "https://www.example.com/?q=a+b")
		equal(t, "agent", e.Agent, "Mozilla/5.0 (Windows NT 10.0)")
		equal(t, "status", e.Status, 200)
		equal(t, "length", e.Length, -1)
		equal(t, "sent", e.Sent, -1)

		e = entries[1]
		equal(t, "client of the second", e.Client, addr("2001:db8::17"))
		equal(t, "unreferred", e.Unreferred(), true)
		equal(t, "agent of the second", e.Agent, "")

		e = entries[2]
		equal(t, "known of the third", e.Known, client|detector.KnownBody)
		equal(t, "time of the third", e.Time, at("2024-03-01T00:00:04.5Z"))
		equal(t, "host of the third", e.Host, "www.example.com")
		equal(t, "body of the third", e.HasBody, true)
		equal(t, "length of the third", e.Length, 1208)
	}
}

func TestW3COddLines(t *testing.T) {
	const fields = "#Fields: date time cs-method cs-uri c-ip sc-status cs(Origin)\n"
	tests := []struct {
		log string
		ok  bool
	}{
		{fields + "2024-03-01 00:00:00 GET /a?b 192.0.2.1 200 -", true},
		{fields + "2024-03-01\t00:00:00\tGET\t/a?b\t192.0.2.1\t200\t-", true},
		{fields + "2024-02-30 00:00:00 GET /a?b 192.0.2.1 200 -", false},
		{fields + "2024-03-01 24:00:00 GET /a?b 192.0.2.1 200 -", false},
		{fields + "2024-03-01 00:00:00 GET - 192.0.2.1 200 -", false},
		{fields + "2024-03-01 00:00:00 - /a?b 192.0.2.1 200 -", false},
		{fields + "2024-03-01 00:00:00 GET /a?b 192.0.2.1 - -", false},
		{"2024-03-01 00:00:00 GET /a?b 192.0.2.1 200 -", false},
		{"#Fields:\n2024-03-01 00:00:00 GET /a?b 192.0.2.1 200 -", false},
		{"#Fields: time cs-method cs-uri sc-status\n00:00:00 GET /a?b 200", false},
		{"#Date: 2024-03-01 12:00:00\n#Fields: time cs-method cs-uri sc-status\n00:00:00 GET /a?b 200", true},
	}
	for _, want := range tests {
		e, ok := one(t, want.log, W3C)
		if ok != want.ok || ok && (e.Path != "/a" || e.Query != "b" || e.Time != at("2024-03-01T00:00:00Z")) {
			t.Errorf("%q: got %v %q at %v", want.log, ok, e.URI, e.Time)
		}
	}
}
