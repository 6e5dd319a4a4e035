package scriptpath

import (
	"slices"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	namer, err := NewNamer(DefaultSuffixes())
	if err != nil {
		t.Fatal(err)
	}
	for pattern, paths := range map[string][2][]string{
		"/a.php":        {{"/a.php"}, {"/b.php", "/x/a.php"}},
		"/*.php":        {{"/a.php", "/.php"}, {"/x/a.php", "/a.phpx"}},
		"/**":           {{"/a.php", "/x/y/a.php"}, nil},
		"/**/a.php":     {{"/a.php", "/x/a.php", "/x/y/a.php"}, {"/x/b.php", "/xa.php"}},
		"/x/**/y/*.php": {{"/x/y/a.php", "/x/1/2/y/a.php", "/x/y/y/a.php"}, {"/x/a.php", "/x/y/z/a.php"}},
		"/x/**":         {{"/x/a.php", "/x/y/a.php", "/x", "/x/"}, {"/y/a.php", "/xa.php"}},
		"/[ab]?.php":    {{"/a1.php", "/bb.php"}, {"/c1.php", "/a.php"}},
		`/\*.php`:       {{"/*.php"}, {"/a.php"}},
		"/**/**/**/z":   {{"/z", "/a/b/c/d/e/z"}, {"/" + strings.Repeat("a/", 500)}},
	} {
		p, err := ParsePattern(pattern, namer)
		if err != nil {
			t.Fatal(err)
		}
		matches := p.Matches
		for _, path := range paths[0] {
			if !matches(path) {
				t.Errorf("%s does not mean %s", pattern, path)
			}
		}
		if i := slices.IndexFunc(paths[1], matches); i >= 0 {
			t.Errorf("%s means %s", pattern, paths[1][i])
		}
	}
}
