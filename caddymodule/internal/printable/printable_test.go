package printable

import (
	"strings"
	"testing"
)

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"/x.php":                  "/x.php",
		"/é 漢.php":                "/é 漢.php",
		"/a\u009b2J.php":          "/a%C2%9B2J.php",
		"/a\u202egnp.php":         "/a%E2%80%AEgnp.php",
		"/a\xff\n.php":            "/a%FF%0A.php",
		"/a\ufffd.php":            "/a%EF%BF%BD.php",
		strings.Repeat("a", 5000): strings.Repeat("a", maxLen) + "…",
	} {
		if got := Escape(text); got != want {
			t.Errorf("Escape(%.40q) = %.80q", text, got)
		}
	}
}
