package accesslog

import (
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

const (
	client  = detector.KnownClient
	referer = detector.KnownReferer
)

func TestCombinedFile(t *testing.T) {
	entries, r := readFile(t, "combined.log", Combined)
	tests := []struct {
		line                        int
		known                       detector.Known
		time, client, method, uri   string
		path, query, host           string
		status                      int
		length                      int64
		referer, agent, description string
	}{
		{1, client | referer, "2024-02-29T23:59:59Z", "192.0.2.10", "GET", "/index.php?p=1&q=a%20b", "/index.php", "p=1&q=a%20b", "", 200, 5120, "https://www.example.com/", "Mozilla/5.0 (X11; Linux x86_64)", "plain"},
		{2, client | referer, "2024-03-01T00:00:00Z", "2001:db8::17", "POST", "/wp-admin/admin-ajax.php", "/wp-admin/admin-ajax.php", "", "", 200, 47, "", "curl/8.5.0", "IPv6, zone"},
		{7, referer, "2024-03-01T00:00:03Z", "", "GET", "/robots.txt", "/robots.txt", "", "", 304, 0, "", `A "quoted" agent\`, "host name, escapes"},
		{8, client | referer, "2024-03-01T00:00:04Z", "203.0.113.5", "GET", "http://www.example.com/proxy.php", "/proxy.php", "", "www.example.com", 404, 196, "", "", "absolute form"},
		{9, client | referer, "2024-03-01T00:00:05Z", "203.0.113.5", "GET", "/old.php", "/old.php", "", "", 200, 12, "", "", "HTTP/0.9"},
	}
	equal(t, "malformed", r.Malformed(), 3)
	if len(entries) != len(tests) {
		t.Fatalf("got %d entries, want %d", len(entries), len(tests))
	}
	for i, want := range tests {
		e := entries[i]
		t.Run(want.description, func(t *testing.T) {
			equal(t, "line", e.Line, want.line)
			equal(t, "known", e.Known, want.known)
			equal(t, "time", e.Time, at(want.time))
			equal(t, "client", e.Client, addr(want.client))
			equal(t, "method", e.Method, want.method)
			equal(t, "URI", e.URI, want.uri)
			equal(t, "path", e.Path, want.path)
			equal(t, "effective path", e.EffectivePath, want.path)
			equal(t, "query", e.Query, want.query)
			equal(t, "host", e.Host, want.host)
			equal(t, "status", e.Status, want.status)
			equal(t, "length", e.Length, want.length)
			equal(t, "sent", e.Sent, -1)
			equal(t, "referer", e.Referer, want.referer)
			equal(t, "agent", e.Agent, want.agent)
		})
	}
}

func TestVHostFile(t *testing.T) {
	for _, format := range []Format{VHost, Auto} {
		entries, r := readFile(t, "vhost.log", format)
		equal(t, "malformed", r.Malformed(), 0)
		equal(t, "format", r.Format(), VHost)
		if len(entries) != 4 {
			t.Fatalf("%s: got %d entries, want 4", format, len(entries))
		}
		for i, want := range []struct{ host, client string }{
			{"www.example.com:443", "192.0.2.10"},
			{"[2001:db8::80]:80", "2001:db8::17"},
			{"www.example.com:80", ""},
			{"shop.example.org", "198.51.100.9"},
		} {
			equal(t, "host", entries[i].Host, want.host)
			equal(t, "client", entries[i].Client, addr(want.client))
		}
		equal(t, "referred by its site", entries[3].ReferredBySite(), true)
	}
}

func TestCommonFile(t *testing.T) {
	for _, format := range []Format{Common, Auto} {
		entries, r := readFile(t, "common.log", format)
		equal(t, "malformed", r.Malformed(), 1)
		equal(t, "format", r.Format(), Common)
		if len(entries) != 2 {
			t.Fatalf("%s: got %d entries, want 2", format, len(entries))
		}
		equal(t, "known", entries[0].Known, client)
		equal(t, "time", entries[0].Time, at("2000-10-10T20:55:36Z"))
	}
}

// line builds a line around a request as the log has it.
func line(request string) string {
	return `192.0.2.1 - - [01/Mar/2024:00:00:00 +0000] "` + request + `" 200 1 "-" "-"`
}

func TestRequests(t *testing.T) {
	tests := []struct{ request, method, path, rawPath, host string }{
		{`GET /a%20b.php HTTP/1.1`, "GET", "/a b.php", "", ""},
		{`GET /%61.php HTTP/1.1`, "GET", "/a.php", "/%61.php", ""},
		{`GET /a%2fb.php HTTP/1.1`, "GET", "/a/b.php", "/a%2fb.php", ""},
		{`GET /a%252e HTTP/1.1`, "GET", "/a%2e", "", ""},
		{`GET /a(1).php HTTP/1.1`, "GET", "/a(1).php", "/a(1).php", ""},
		{`GET /%zz.php HTTP/1.1`, "GET", "/%zz.php", "", ""},
		{`GET /a.php%00.jpg HTTP/1.1`, "GET", "/a.php\x00.jpg", "", ""},
		{`GET /\xc3\xa9.php HTTP/1.1`, "GET", "/é.php", "/é.php", ""},
		{`GET /a\"b HTTP/1.1`, "GET", `/a"b`, `/a"b`, ""},
		{`GET /a\\b.php HTTP/1.1`, "GET", `/a\b.php`, `/a\b.php`, ""},
		{`GET /a\qb HTTP/1.1`, "GET", `/a\qb`, `/a\qb`, ""},
		{`GET /a"b HTTP/1.1`, "GET", `/a"b`, `/a"b`, ""},
		{`GET /a b.php HTTP/1.1`, "GET", "/a b.php", "/a b.php", ""},
		{`POST  /x.php\tHTTP/1.1`, "POST", "/x.php", "", ""},
		{`GET //evil.example/x.php HTTP/1.1`, "GET", "//evil.example/x.php", "", ""},
		{`GET https://u:p@www.example.com:8443/x.php?a HTTP/1.1`, "GET", "/x.php", "", "www.example.com:8443"},
		{`GET http://www.example.com?a@b/ HTTP/1.1`, "GET", "/", "", "www.example.com"},
		{`OPTIONS * HTTP/1.0`, "OPTIONS", "*", "", ""},
		{`CONNECT www.example.com:443 HTTP/1.1`, "CONNECT", "", "", "www.example.com:443"},
		{`PROPFIND / HTTP/1.1`, "PROPFIND", "/", "", ""},
	}
	for _, want := range tests {
		t.Run(want.request, func(t *testing.T) {
			e, ok := one(t, line(want.request), Auto)
			if !ok {
				t.Fatal("malformed")
			}
			equal(t, "method", e.Method, want.method)
			equal(t, "path", e.Path, want.path)
			equal(t, "raw path", e.RawPath, want.rawPath)
			equal(t, "host", e.Host, want.host)
		})
	}
}

func TestMalformedRequests(t *testing.T) {
	for _, request := range []string{
		"", "-", "GET", "GET ", `\x16\x03\x01`, `\x16\x03\x01 / HTTP/1.1`, `\n`, `t3 12.2.1`, "SSH-2.0-Go",
		"OPTIONS sip:nm SIP/2.0", "OPTIONS / RTSP/1.0", "GET x.php HTTP/1.1", "GET ://x/ HTTP/1.1",
		strings.Repeat("A", maxMethod+1) + " / HTTP/1.1",
	} {
		if e, ok := one(t, line(request), Auto); ok {
			t.Errorf("%q: got %q %q, want it malformed", request, e.Method, e.URI)
		}
	}
}

func TestLines(t *testing.T) {
	const rest = ` - - [01/Mar/2024:00:00:00 +0000] "GET /a HTTP/1.1" 200 1 "-" "-"`
	tests := []struct {
		line   string
		ok     bool
		client string
	}{
		{"192.0.2.1" + rest, true, "192.0.2.1"},
		{"::ffff:192.0.2.1" + rest, true, "192.0.2.1"},
		{"192.0.2.1:4711" + rest, true, "192.0.2.1"},
		{"[2001:db8::1]:4711" + rest, true, "2001:db8::1"},
		{"[2001:db8::1]" + rest, true, "2001:db8::1"},
		{"192.0.2.9, 198.51.100.1" + rest, true, "198.51.100.1"},
		{"unix:" + rest, true, ""},
		{"-" + rest, true, ""},
		{"beef.example" + rest, true, ""},
		{"2001:db8::443 ident John Smith" + strings.TrimPrefix(rest, " - -"), true, "2001:db8::443"},
		{"192.0.2.80:80 192.0.2.1" + rest, true, "192.0.2.1"},
		{"192.0.2.80 192.0.2.1" + rest, true, "192.0.2.80"},
		{"192.0.2.1 -" + strings.TrimPrefix(rest, " - -"), false, ""},
		{rest[1:], false, ""},
		{`192.0.2.1 - x [01/Jan/2020:00:00:00 +0000] \"GET /b HTTP/1.1\" 200 1` + rest[4:], true, "192.0.2.1"},
		{"192.0.2.1" + strings.Replace(rest, "200", "20", 1), false, ""},
		{"192.0.2.1" + strings.Replace(rest, "200", "2000", 1), false, ""},
		{"192.0.2.1" + strings.Replace(rest, " 1 ", " x ", 1), false, ""},
		{"192.0.2.1" + strings.Replace(rest, "01/Mar", "30/Feb", 1), false, ""},
		{"192.0.2.1" + strings.Replace(rest, "Mar", "arA", 1), false, ""},
		{"192.0.2.1" + strings.Replace(rest, ":00 +", ":61 +", 1), false, ""},
		{"192.0.2.1" + rest[:40], false, ""},
	}
	for _, want := range tests {
		e, ok := one(t, want.line, Auto)
		if ok != want.ok || e.Client != addr(want.client) {
			t.Errorf("%q: got %v %v, want %v %v", want.line, ok, e.Client, want.ok, want.client)
		}
		if ok && (e.Path != "/a" || e.Time != at("2024-03-01T00:00:00Z")) {
			t.Errorf("%q: got %q at %v", want.line, e.Path, e.Time)
		}
	}
}

func TestExplicitFormatsAreNotEachOther(t *testing.T) {
	const rest = `192.0.2.1 - - [01/Mar/2024:00:00:00 +0000] "GET /a HTTP/1.1" 200 1 "-" "-"`
	if _, ok := one(t, "www.example.com:80 "+rest, Combined); ok {
		t.Error("combined: read a line with a host")
	}
	if _, ok := one(t, rest, VHost); ok {
		t.Error("vhost: read a line without a host")
	}
	if e, ok := one(t, strings.Replace(rest, "- - [", "- John Smith [", 1), Auto); !ok || e.Host != "" {
		t.Errorf("auto: took a user with a blank for a host: %v %q", ok, e.Host)
	}
}

func TestFieldsAfterTheSize(t *testing.T) {
	const start = `192.0.2.1 - - [01/Mar/2024:00:00:00.25 +0000] "GET /a HTTP/1.1" 200 1`
	tests := []struct{ rest, referer, agent string }{
		{` "http://a.example/" "x" "203.0.113.1" 0.5`, "http://a.example/", "x"},
		{` "http://a.example/?q="b"" "x"`, `http://a.example/?q="b"`, "x"},
		{` "http://a.example/" "cut by sysl`, "http://a.example/", "cut by sysl"},
		{` "http://a.exa`, "http://a.exa", ""},
		{` "-" ""`, "", ""},
		{` "\x2d" "\"`, "", `"`},
		{` 0.5 "x"`, "", ""},
	}
	for _, want := range tests {
		e, ok := one(t, start+want.rest, Auto)
		if !ok || e.Referer != want.referer || e.Agent != want.agent {
			t.Errorf("%q: got %v %q %q", want.rest, ok, e.Referer, e.Agent)
		}
		equal(t, "time", e.Time, at("2024-03-01T00:00:00.25Z"))
	}
}
