package accesslog

import (
	"strings"
	"testing"
)

// IIS knows no case; other servers that write W3C logs may.
func TestW3CTellsIIS(t *testing.T) {
	const line = "2026-03-01 12:00:00 GET /A.aspx 200 0\n"
	for head, want := range map[string]bool{
		"#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem sc-status x\n": true,
		"#Fields: date time cs-method cs-uri-stem sc-status sc-win32-status\n":                                            true,
		"#Software: Apache Tomcat\n#Fields: date time cs-method cs-uri-stem sc-status sc-bytes\n":                         false,
		"#Version: 1.0\n#Fields: date time cs-method cs-uri-stem sc-status sc-bytes\n":                                    false,
	} {
		r, err := Open(strings.NewReader(head+line), Auto)
		if err != nil {
			t.Fatal(err)
		}
		if e, err := r.Next(); err != nil || e.IgnoresCase != want {
			t.Errorf("%q: %v, %v", head, e.IgnoresCase, err)
		}
	}
}
