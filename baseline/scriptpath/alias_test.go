package scriptpath

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestShortNames(t *testing.T) {
	for path, want := range map[string]string{
		"/a.php": "/a", "/d/index.php": "/d/index /d/ /d", "/index.php": "/index /", "/d/Default.aspx": "/d/Default /d/ /d", "/v1.2.php": "/v1.2",
		"/evil": "", "/.php": "", "/d/": "", "/d/index": "/d/ /d", "/d.php/x": "",
	} {
		if got := strings.Join(slices.Collect(ShortNames(path)), " "); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// TestShortAndLongNames: a script's shorter names have it among their longer ones.
func TestShortAndLongNames(t *testing.T) {
	namer, err := NewNamer([]string{".php", ".aspx"})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		script := "/" + rapid.StringMatching(`(a/|b/)?(index|default|x|v1\.2)\.(php|aspx)`).Draw(t, "script")
		for short := range ShortNames(script) {
			found := false
			for dir, base := range namer.LongNames(short) {
				found = found || dir+base == script
			}
			if !found {
				t.Errorf("%s is not among the scripts that %s may mean", script, short)
			}
		}
	})
}

// TestPatternTextIsThePattern: what is stored means the same.
func TestPatternTextIsThePattern(t *testing.T) {
	namer, err := NewNamer(DefaultSuffixes())
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		p, err := ParsePattern("/"+rapid.StringMatching(`([a-b*?/.%\[\]\\]|\*\*/){0,12}`).Draw(t, "text"), namer)
		if err != nil {
			return
		}
		text, _ := p.MarshalText()
		var q Pattern
		if err := q.UnmarshalText(text); err != nil {
			t.Fatal(err)
		}
		path := namer.Name("/" + rapid.StringMatching(`[a-b*/.\[\]]{0,12}`).Draw(t, "path")).Full
		if p.Matches(path) != q.Matches(path) || p.Exact() != q.Exact() || p.String() != q.String() {
			t.Errorf("%q is stored as %q", p, q)
		}
		if p.Matches(path) && !p.MayMatchBelow(path) {
			t.Errorf("%q matches %q, and may not match below it", p, path)
		}
	})
}
