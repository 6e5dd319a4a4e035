package accesslog

import (
	"encoding/base64"
	"strings"
	"testing"
)

// A log in an encoding that is not read says so, with what would.
func TestEncodings(t *testing.T) {
	wide := func(s string, order int) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			pair := []byte{c, 0}
			b.Write([]byte{pair[order], pair[1-order]})
		}
		return b.String()
	}
	const line = `10.0.0.1 - - [01/Mar/2026:12:00:00 +0000] "GET /a.php HTTP/1.1" 200 5` + "\n"
	for name, log := range map[string]string{
		"xz": "\xfd7zXZ\x00\x00\x04rest", "zstd": "\x28\xb5\x2f\xfdrest", "lz4": "\x04\x22\x4d\x18rest", "ZIP": "PK\x03\x04rest",
		"UTF-16": "\xff\xfe" + wide(line, 0), "UTF-16 ": "\xfe\xff" + wide(line, 1), "UTF-16 w": wide(line, 0), "UTF-16 wi": wide(line, 1),
	} {
		if _, err := Open(strings.NewReader(log), Auto); err == nil || !strings.Contains(err.Error(), strings.Fields(name)[0]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, log := range map[string]string{"a hole": "\x00\x00\x00\x00\x00\x00\x00\x00\x00" + line, "short": "BZ\n" + line, "words": "BZh is no log\n" + line} {
		r, err := Open(strings.NewReader(log), Auto)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e, err := r.Next(); err != nil || e.Path != "/a.php" {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

// bzip2Line is a line of a log compressed by bzip2, in Base64.
const bzip2Line = "QlpoOTFBWSZTWbI6tusAABZfgEAQUAvzEALCRAogQFAAIABUU0AANBkCJP00oeiA2iNGtLij2c4LTRDIe+fKzSHKCKjtcEskCM3JddFDZC1+SA2G3peEvi7kinChIWR1bdY="

func TestBzip2(t *testing.T) {
	compressed, err := base64.StdEncoding.DecodeString(bzip2Line)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(strings.NewReader(string(compressed)), Auto)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := r.Next(); err != nil || e.Path != "/a.php" || e.Length != 5 {
		t.Errorf("%+v, %v", e, err)
	}
}

// The encoder's option time_key may call the time otherwise.
func TestCaddyTimeKey(t *testing.T) {
	const rest = `"request":{"remote_ip":"10.0.0.1","method":"GET","host":"example.com","uri":"/a.php","headers":{}},"duration":0.01,"size":5,"status":200,"bytes_read":0`
	for field, want := range map[string]string{
		`"time":1772409780.5`:                      "2026-03-02T00:03:00.5Z",
		`"@timestamp":"2026-03-02T00:03:00Z"`:      "2026-03-02T00:03:00Z",
		`"t":1772409780`:                           "2026-03-02T00:03:00Z",
		`"build":1700000000,"log_time":1772409780`: "2026-03-02T00:03:00Z",
		`"ts":1772409780,"time":1`:                 "2026-03-02T00:03:00Z",
		`"time":"soon"`:                            "",
		`"time":17`:                                "",
		`"other":1`:                                "",
	} {
		r, err := Open(strings.NewReader("{"+field+","+rest+"}\n"), Auto)
		if err != nil {
			t.Fatal(err)
		}
		e, err := r.Next()
		if got := e.Time.Format("2006-01-02T15:04:05.999Z07:00"); want != "" && (err != nil || got != want) || want == "" && err == nil {
			t.Errorf("%s: %s, %v", field, got, err)
		}
	}
}
