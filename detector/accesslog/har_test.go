package accesslog

import (
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

func TestHARFile(t *testing.T) {
	for _, format := range []Format{HAR, Auto} {
		entries, r := readFile(t, "archive.har", format)
		equal(t, "malformed", r.Malformed(), 2)
		equal(t, "format", r.Format(), HAR)
		if len(entries) != 3 {
			t.Fatalf("%s: got %d entries, want 3", format, len(entries))
		}
		e := entries[0]
		equal(t, "line", e.Line, 1)
		equal(t, "known", e.Known, detector.KnownBody|detector.KnownClient|detector.KnownOrigin|detector.KnownReferer)
		equal(t, "time", e.Time, at("2024-03-01T00:00:00.123456789Z"))
		equal(t, "client", e.Client, addr("192.0.2.10"))
		equal(t, "host", e.Host, "www.example.com")
		equal(t, "URI", e.URI, "https://www.example.com/x.php?a=1")
		equal(t, "path", e.Path, "/x.php")
		equal(t, "query", e.Query, "a=1")
		equal(t, "referer", e.Referer, "https://www.example.com/")
		equal(t, "cookies", strings.Join(e.Header["Cookie"], "; "), "sid=1; lang=de")
		equal(t, "header fields", len(e.Header), 3)
		equal(t, "body", string(e.Body), "\x00\x01\x02\x03\x04")
		equal(t, "sent", e.Sent, 5)
		equal(t, "has body", e.HasBody, true)
		equal(t, "type", e.ContentType, "text/html")
		equal(t, "length", e.Length, 5)
		equal(t, "answer", string(e.Answer), "hello")
		equal(t, "answer taken", e.AnswerTaken, true)

		e = entries[1]
		equal(t, "line of the second", e.Line, 3)
		equal(t, "known of the second", e.Known, detector.KnownBody)
		equal(t, "has body, the second", e.HasBody, false)
		equal(t, "path of the second", e.Path, "/")
		equal(t, "answer of the second taken", e.AnswerTaken, true)

		e = entries[2]
		equal(t, "line of the third", e.Line, 5)
		equal(t, "host of the third", e.Host, "www.example.com")
		equal(t, "has body, the third", e.HasBody && e.Has(detector.KnownBody), true)
		equal(t, "sent of the third, by its parameters", e.Sent, 3)
		equal(t, "answer of the third", string(e.Answer), "plain é")
	}
}

func TestHAREndsTooEarly(t *testing.T) {
	const entry = `{"startedDateTime":"2024-03-01T00:00:00Z","request":{"method":"GET","url":"/a"},"response":{"status":200}}`
	tests := []struct {
		document           string
		entries, malformed int
	}{
		{`{"log":{"entries":[` + entry + `,` + entry + `]}}`, 2, 0},
		{`{"log":{"entries":[` + entry + `,` + entry, 2, 1},
		{`{"log":{"entries":[` + entry + `,` + entry[:40], 1, 1},
		{`{"log":{"entries":[]}}`, 0, 0},
		{`{"log":{"version":1e999,"entries":[]}}`, 0, 0},
		{`{"log":{"entries":[1,"[{",[{}],true,` + entry + `]}}`, 1, 4},
		{`{"log":{"entries":[{"a":"\"}]"},` + entry + `]}}`, 1, 1},
		{`{"log":{"pages":{"log":[1]},"entries":{}}}`, 0, 1},
		{`{"log":{"comment":"entries","pages":[]}}`, 0, 1},
		{`{"log":{"ver`, 0, 1},
		{`[]`, 0, 1},
		{`no JSON`, 0, 1},
		{``, 0, 0},
		{" \n", 0, 0},
	}
	for _, want := range tests {
		entries, r := readAll(t, strings.NewReader(want.document), HAR)
		if len(entries) != want.entries || r.Malformed() != want.malformed {
			t.Errorf("%s: got %d entries, %d malformed, want %d and %d", want.document,
				len(entries), r.Malformed(), want.entries, want.malformed)
		}
	}
}

func TestHARBounds(t *testing.T) {
	const longest = 1 << 20 // the real bound takes a while
	long := strings.Repeat("x", 2*MaxBody)
	document := `{"log":{"entries":[{"startedDateTime":"2024-03-01T00:00:00Z","request":{"method":"POST","url":"/a","postData":{"text":"` +
		long + `"}},"response":{"status":200,"content":{"text":"` + long + `"}}},` +
		`{"startedDateTime":"` + strings.Repeat("x", longest) + `"},` +
		`{"startedDateTime":"2024-03-01T00:00:00Z","request":{"method":"GET","url":"/b"},"response":{"status":200}}]}}`
	r, err := Open(strings.NewReader(document), Auto)
	if err != nil {
		t.Fatal(err)
	}
	r.har.longest = longest
	entries := rest(t, r)
	if len(entries) != 2 || r.Malformed() != 1 {
		t.Fatalf("got %d entries, %d malformed", len(entries), r.Malformed())
	}
	e := entries[0]
	equal(t, "body", len(e.Body), MaxBody)
	equal(t, "sent", e.Sent, 2*MaxBody)
	equal(t, "answer", len(e.Answer), baseline.PrefixLen)
	equal(t, "length", e.Length, 2*MaxBody)
	equal(t, "line after", entries[1].Line, 3)
}

func TestHARFormParameters(t *testing.T) {
	entries, r := readAll(t, strings.NewReader(`{"log":{"entries":[{"startedDateTime":"2026-03-01T12:00:00Z",
		"request":{"method":"POST","url":"http://a/x.php","postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a b","value":"1&2"},{"name":"c","value":""}]}},
		"response":{"status":200,"content":{}}}]}}`), HAR)
	equal(t, "malformed", r.Malformed(), 0)
	equal(t, "body", string(entries[0].Body), "a+b=1%262&c=")
	equal(t, "content type", entries[0].Header["Content-Type"][0], "application/x-www-form-urlencoded")
}
