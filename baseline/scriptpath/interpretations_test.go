package scriptpath

import (
	"net/url"
	"strings"
	"testing"
)

func TestInterpretationsAreTheOtherScriptsAPathMayMean(t *testing.T) {
	n := namer(t)
	for target, want := range map[string]string{
		"/d/s.php":                           "",
		"/d/s.php;jsessionid=1":              "",
		"/d/../s.php":                        "",
		"/d/s.php/..;/..;/index.php":         "/d/s.php",
		"/d/s.php/..%20/..%20/e":             "/d/s.php",
		"/d/s.php/%5c..%5c..%5ce":            "/d/s.php",
		"/d/s.jsp;a=%2f..%2ft.jpg":           "/d/s.jsp",
		"/d;%2fe/s.jsp":                      "/d/s.jsp",
		"/d;a.jsp/s.jsp":                     "/d/s.jsp",
		"/d/..;a.jsp/d/s.jsp":                "/d/s.jsp",
		"/known.jsp/..;/s.jsp":               "/known.jsp",
		"/d/s.php/../../e":                   "/d/s.php",
		"/%zz;" + strings.Repeat("/..", 999): "",
	} {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			u = &url.URL{Path: target}
		}
		name := n.Name(u.Path)
		got := ""
		if n.Ambiguous(name, u.Path) {
			got = strings.Join(n.Interpretations(name, u.Path, u.RawPath), " ")
		}
		if got != want {
			t.Errorf("%.40s: %q, want %q", target, got, want)
		}
	}
}
