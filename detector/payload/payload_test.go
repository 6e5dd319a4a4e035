package payload

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// found collects what a reader finds.
type found struct {
	names, files []string
	values       []string
	most         int // names wanted; 0 for all
}

func (f *found) Name(name []byte) bool {
	f.names = append(f.names, string(name))
	return f.most == 0 || len(f.names) < f.most
}

func (f *found) Value(name, value []byte) {
	f.values = append(f.values, string(name)+"="+string(value))
}

func (f *found) File(name string) {
	if !slices.Contains(f.files, name) {
		f.files = append(f.files, name)
	}
}

func (f *found) set() string {
	slices.Sort(f.names)
	return strings.Join(slices.Compact(f.names), " ")
}

func TestJSON(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1000)
	for _, c := range []struct {
		text, names, operation string
		complete               bool
	}{
		{`{"user":{"name":"Ann","tags":["x",{"id":1},{"id":2}]},"a":[[{"b":null}]]}`, "a a.b user user.name user.tags user.tags.id", "", true},
		{`[{"a":1},{"b":2}]`, "a b", "", true},
		{"{\"a\":1}\n{\"b\":{}}\n", "a b", "", true},
		{`{"a":1,"a":2,"a":"a"}`, "a", "", true},
		{`{"us\u0065r":"{\"x\":1}"}`, "user", "", true},
		{`{"17":{"x":1},"18":{"x":2}}`, "{n} {n}.x", "", true},
		{`"text"`, "", "", true},
		{"\xef\xbb\xbf{\"a\":1}", "a", "", true},
		{`{"a":1,"b`, "a", "", false},
		{`{"a":"never ends`, "a", "", false},
		{`{"a":1}}`, "a", "", false},
		{`{"a":[1}`, "a", "", false},
		{`{'c':1}`, "", "", false},
		{`{c:1}`, "", "", false},
		{`{/* "x" */"c":1}`, "x", "", false},
		{``, "", "", false},
		{"{\x00\"\x00c\x00\"\x00", "\x00c\x00", "", false},
		{"{\"\xff\xfe\":1}", "\xff\xfe", "", true},
		{`{"` + strings.Repeat("k", 300) + `":1}`, strings.Repeat("k", 256), "", false},
		{`{"operationName":"Feed","query":"query Other { x }","variables":{"id":1}}`, "operationName query variables variables.id", "Feed", true},
		{`{"query":"# a comment\n mutation Add($x:Int) { y }"}`, "query", "Add", true},
		{`{"query":"{ x }"}`, "query", "", true},
		{`[{"operationName":"One"},{"operationName":"Two"}]`, "operationName", "One", true},
		{`{"jsonrpc":"2.0","method":"wp.get","params":[1],"id":1}`, "id jsonrpc method params", "wp.get", true},
		{`{"method":"POST"}`, "method", "", true},
		{`{"x":{"operationName":"Deep"}}`, "x x.operationName", "", true},
		{`{"operationName":{"a":"Deep"}}`, "operationName operationName.a", "", true},
	} {
		var f found
		operation, complete := JSON([]byte(c.text), &f)
		if got := f.set(); got != c.names || operation != c.operation || complete != c.complete {
			t.Errorf("%.60q: %q, %q, %v; want %q, %q, %v", c.text, got, operation, complete, c.names, c.operation, c.complete)
		}
	}
	var f found
	if _, complete := JSON([]byte(deep), &f); complete || len(f.names) > 1000 {
		t.Errorf("a thousand levels: %v, %d names", complete, len(f.names))
	}
}

func TestJSONStopsWhenNoMoreNamesAreWanted(t *testing.T) {
	f := found{most: 3}
	text := "{" + strings.Repeat(`"a":1,`, 100_000) + `"b":1}`
	if _, complete := JSON([]byte(text), &f); complete || len(f.names) != 3 {
		t.Errorf("%v, %d names", complete, len(f.names))
	}
}

func TestXML(t *testing.T) {
	for _, c := range []struct {
		text, names, operation string
		complete               bool
	}{
		{`<?xml version="1.0"?><a xmlns:s="u"><s:b id="1" s:x='2'>text</s:b><c/></a>`, "@id @x a b c", "", true},
		{`<methodCall><methodName> pingback.ping </methodName></methodCall>`, "methodCall methodName", "pingback.ping", true},
		{`<!DOCTYPE a [<!ENTITY x "<c>1</c>">]><a>&x;</a>`, "a", "", false},
		{`<a>&nbsp;&lt;c&gt;</a>`, "a", "", true},
		{`<a><![CDATA[<c>]]></a>`, "a", "", true},
		{`<a><b>`, "a b", "", false},
		{`<a b`, "", "", false},
		{`text`, "", "", false},
		{"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>", "a", "", true},
		{"<?xml version='1.0' encoding='UTF-7'?><a></a>", "", "", false},
		{"<a>\xff</a>", "a", "", false},
		{strings.Repeat("<a>", 10_000), "a", "", false},
	} {
		var f found
		operation, complete := XML([]byte(c.text), &f)
		if got := f.set(); got != c.names || operation != c.operation || complete != c.complete {
			t.Errorf("%.60q: %q, %q, %v; want %q, %q, %v", c.text, got, operation, complete, c.names, c.operation, c.complete)
		}
	}
}

// crlf makes the lines of a text those of a message.
func crlf(text string) []byte { return []byte(strings.ReplaceAll(text, "\n", "\r\n")) }

func TestMultipart(t *testing.T) {
	const usual = "--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n--b\nContent-Disposition: form-data; name=\"f\"; filename=\"x.png\"\nContent-Type: image/png\n\n--c\n\n--b--\n"
	nested := "--b\nContent-Type: Multipart/mixed; boundary=in\n\n--in\nContent-Disposition: file; filename=\"x.php\"\n\n1\n--in--\n--b--\n"
	for _, c := range []struct {
		what, contentType, body string
		names, files            string
		complete                bool
	}{
		{"as browsers send it", "multipart/form-data; boundary=b", usual, "a f", "x.png", true},
		{"another case", `Multipart/Form-Data; BOUNDARY="b"`, usual, "a f", "x.png", true},
		{"a boundary in single quotes", "multipart/form-data; boundary='b'", strings.ReplaceAll(usual, "--b", "--'b'"), "a f", "x.png", true},
		{"no boundary named", "multipart/form-data", usual, "a f", "x.png", true},
		{"another boundary than the header's", "multipart/form-data; boundary=z", usual, "", "", false},
		{"a preamble and an epilogue", "multipart/form-data; boundary=b", "hello\n" + usual + "bye", "a f", "x.png", true},
		{"cut off", "multipart/form-data; boundary=b", usual[:len(usual)-8], "a f", "x.png", false},
		{"cut off in a header", "multipart/form-data; boundary=b", usual[:70], "a", "", false},
		{"no end", "multipart/form-data; boundary=b", "--b\nContent-Disposition: form-data; name=a\n\n1", "a", "", false},
		{"parts after the end", "multipart/form-data; boundary=b", "--b--\n" + usual, "a f", "x.png", true},
		{"parts of a part", "multipart/form-data; boundary=b", nested, "", "x.php", true},
		{"nothing", "multipart/form-data; boundary=b", "", "", "", false},
	} {
		for _, body := range [][]byte{crlf(c.body), []byte(c.body)} {
			var f found
			complete := Multipart(c.contentType, body, &f)
			if got := f.set(); got != c.names || strings.Join(f.files, " ") != c.files || complete != c.complete {
				t.Errorf("%s: %q, %q, %v", c.what, got, f.files, complete)
			}
		}
	}
}

func TestFileNamesAsServersReadThem(t *testing.T) {
	for disposition, want := range map[string]string{
		`form-data; name="f"; filename="up.php"`:                          "up.php",
		`form-data; name=f; filename=up.php`:                              "up.php",
		`form-data; name='f'; filename='up.php'`:                          "up.php",
		`form-data; name="f"; FileName="up.php"`:                          "up.php",
		`form-data;name="f";filename = "up.php"`:                          "up.php",
		`form-data; name="f"; filename*=UTF-8''up%2Ephp`:                  "up.php",
		`form-data; name="f"; filename*=utf-8'en'%75p.php`:                "up.php",
		`form-data; name="f"; FILENAME*0="up."; filename*1=php`:           "up.php",
		"form-data; name=\"f\";\r\n filename=\"up.php\"":                  "up.php",
		"form-data;\r\n\tname=\"f\"; file\r\nname=\"up.php\"":             "up.php",
		`form-data; name="f"; filename="=?UTF-8?B?dXAucGhw?="`:            "up.php",
		`form-data; name="f"; filename="a\"b.php"`:                        `a"b.php`,
		`form-data; name="f"; filename="C:\dir\up.php"`:                   `C:\dir\up.php`,
		`attachment; name="f"; filename="up.php`:                          "up.php",
		`form-data; name="f"; filename="x.png"; filename="up.php"`:        "up.php",
		`form-data; name="filename=x"; x="; y"; filename="up.php"; size=`: "up.php",
	} {
		for _, field := range []string{"Content-Disposition", "content-disposition", "CONTENT-DISPOSITION "} {
			var f found
			Multipart("multipart/form-data; boundary=b", []byte("--b\r\nX: y\r\n"+field+":"+disposition+"\r\n\r\n1\r\n--b--\r\n"), &f)
			if !slices.Contains(f.files, want) {
				t.Errorf("%s: %q: %q", field, disposition, f.files)
			}
			if field == "Content-Disposition" && !slices.Contains(f.names, "f") && !strings.Contains(disposition, "filename=x") {
				t.Errorf("%q: the name is %q", disposition, f.names)
			}
		}
	}
}

func TestManyParts(t *testing.T) {
	var body strings.Builder
	for n := range 10_000 {
		fmt.Fprintf(&body, "--b\r\nContent-Disposition: form-data; name=\"n%d\"\r\n\r\n1\r\n", n)
	}
	f := found{most: 100}
	if Multipart("multipart/form-data; boundary=b", []byte(body.String()), &f) || len(f.names) != 100 {
		t.Errorf("%d names", len(f.names))
	}
}

func TestSOAPAction(t *testing.T) {
	for _, c := range [][3]string{
		{`"urn:a#Get"`, "text/xml", "urn:a#Get"},
		{"", `application/soap+xml; charset=utf-8; action="urn:a#Get"`, "urn:a#Get"},
		{`""`, "text/xml", ""},
	} {
		if got := SOAPAction(c[0], c[1]); got != c[2] {
			t.Errorf("%q, %q: %q", c[0], c[1], got)
		}
	}
}

// JSON of common requests is read without allocating.
func TestJSONDoesNotAllocate(t *testing.T) {
	text, out := []byte(`{"user":{"name":"Ann","tags":["x","y"]},"n":17}`), new(silent)
	if n := testing.AllocsPerRun(100, func() { JSON(text, out) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}

type silent struct{ n int }

func (s *silent) Name([]byte) bool  { s.n++; return true }
func (s *silent) Value(_, _ []byte) {}
func (s *silent) File(string)       {}
