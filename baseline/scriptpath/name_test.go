package scriptpath

import (
	"strings"
	"testing"
)

func namer(t testing.TB) *Namer {
	t.Helper()
	n, err := NewNamer(DefaultSuffixes())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNameFindsOneKeyForOneScript(t *testing.T) {
	tests := []struct {
		path, want string
		spelling   Spelling
	}{
		{"/a/b.php", "/a/b.php", 0},
		{"/a/b.php/x/y", "/a/b.php", SpelledPathInfo},
		{"/a/b.php/", "/a/b.php", SpelledPathInfo},
		{"/a/b.PHP", "/a/b.php", SpelledCase},
		{"/A/B.pHp", "/A/B.php", SpelledCase},
		{"//a///b.php", "/a/b.php", SpelledSlashes},
		{"/a/./b.php", "/a/b.php", SpelledSlashes},
		{"/x/../a/b.php", "/a/b.php", SpelledSlashes},
		{"/../../a/b.php", "/a/b.php", SpelledSlashes},
		{"/a/b.php.", "/a/b.php", SpelledTrailing},
		{"/a/b.php ", "/a/b.php", SpelledTrailing},
		{"/a/b.php. . .", "/a/b.php", SpelledTrailing},
		{"/a/b.php\n", "/a/b.php", SpelledTrailing},
		{"/a/b.asp::$DATA", "/a/b.asp", SpelledStream},
		{"/a/b.jsp;x=1", "/a/b.jsp", SpelledParams},
		{"/a;j=1/b.jsp;jsessionid=2", "/a/b.jsp", SpelledParams},
		{"/a/b.asp;.jpg", "/a/b.asp", SpelledParams},
		{"/a/..;/a/b.jsp", "/a/b.jsp", SpelledParams | SpelledSlashes},
		{`/a\b.php`, "/a/b.php", SpelledBackslash},
		{"/a/b.php\x00.jpg", "/a/b.php", SpelledNUL | SpelledPathInfo},
		{"/a/%62.php", "/a/b.php", SpelledEncoded},
		{"/a/%2562.php", "/a/b.php", SpelledEncoded},
		{"/a%2fb.php", "/a/b.php", SpelledEncoded},
		{"/a/b%2%65php", "/a/b.php", SpelledEncoded},
		{"/a\xc0\xafb.php", "/a/b.php", SpelledEncoded},
		{"/a/b\xe0\x80\xaephp", "/a/b.php", SpelledEncoded},
		{"/a/b\xf0\x80\x80\xaephp", "/a/b.php", SpelledEncoded},
		{"/a/b%c0%aephp", "/a/b.php", SpelledEncoded},
		{"/a.jpg/x.php", "/a.jpg/x.php", 0},
		{"/x.php/y.jpg", "/x.php", SpelledPathInfo},
		{"/x.php/y.php", "/x.php", SpelledPathInfo},
		{"", "", 0},
	}
	n := namer(t)
	for _, tt := range tests {
		got := n.Name(tt.path)
		if tt.want == "" {
			if got.Script {
				t.Errorf("Name(%q) is the script %q", tt.path, got.Path)
			}
			continue
		}
		if got.Path != tt.want || !got.Script || got.Spelling != tt.spelling {
			t.Errorf("Name(%q) = %q script=%v spelling=%b, want %q spelling=%b",
				tt.path, got.Path, got.Script, got.Spelling, tt.want, tt.spelling)
		}
	}
}

func TestNameLeavesWhatIsNoScript(t *testing.T) {
	n := namer(t)
	for path, want := range map[string]string{
		"/":                        "/",
		"/blog/my.post":            "/blog/my.post",
		"/a/":                      "/a/",
		"/a//":                     "/a/",
		"/a/..":                    "/",
		"/style.css":               "/style.css",
		"/php":                     "/php",
		"/a.phpx":                  "/a.phpx",
		"/wiki/File:X":             "/wiki/File:X",
		"/ж/ü":                     "/ж/ü",
		"/a\xff\xfe/b":             "/a\xff\xfe/b",
		"*":                        "/*",
		"/100%":                    "/100%",
		"/a.superlongsuffixindeed": "/a.superlongsuffixindeed",
	} {
		if got := n.Name(path); got.Script || got.Path != want {
			t.Errorf("Name(%q) = %q script=%v, want %q and no script", path, got.Path, got.Script, want)
		}
	}
}

func TestNameKeepsLinuxFileNamesExecutable(t *testing.T) {
	// Where a semicolon is part of the name, the file is a script of its own.
	if got := namer(t).Name("/u/a;b.php"); !got.Script || got.Path != "/u/a;b.php" {
		t.Errorf("got %q script=%v", got.Path, got.Script)
	}
}

func TestLongerTriesFurtherPrefixes(t *testing.T) {
	n := namer(t)
	name := n.Name("/x.php/y.PHP/z.jsp/info")
	var got []string
	for ok := true; ok; name, ok = n.Longer(name) {
		got = append(got, name.Path)
	}
	if want := "/x.php /x.php/y.php /x.php/y.php/z.jsp"; strings.Join(got, " ") != want {
		t.Errorf("candidates %q, want %q", got, want)
	}
}

func TestSplitFindsTheSuffixAnywhere(t *testing.T) {
	n := namer(t)
	for full, want := range map[string]string{
		"/x.php.jpg": "/x.php", "/a/x.PHPfoo/y": "/a/x.PHP", "/x.jspx.png": "/x.jsp /x.jspx", "/my.plan.html": "/my.pl",
		"/x.php": "/x.php", "/a.css": "", "/": "", "/a./php": "", "/.": "", "": "",
		"/lib/class.phpmailer.php": "/lib/class.php /lib/class.phpmailer.php", "/a.pyx/x.php.jpg": "/a.py /a.pyx/x.php",
		"/x.php5": "/x.php /x.php5", "/.php": "/.php",
	} {
		var got []string
		for end := n.Split(full, 0); end >= 0; end = n.Split(full, end) {
			got = append(got, full[:end])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("Split(%q): %q, want %q", full, got, want)
		}
	}
}

func TestTidyKeepsTheSpelling(t *testing.T) {
	for sent, want := range map[string]string{
		"": "/", "/": "/", "/a.php": "/a.php", "a": "/a", "//u//d;x/": "/u/d;x/", "/u/d./": "/u/d./", "/a/./b/..": "/a/", "/a/.": "/a/", "/../..": "/",
	} {
		if got := Tidy(sent); got != want {
			t.Errorf("Tidy(%q) = %q, want %q", sent, got, want)
		}
	}
}

func TestNameTakesLinearTime(t *testing.T) {
	// Each of these is quadratic, or worse, in a naive implementation: 1 MiB of
	// it would take minutes, and the test's own limit would end it.
	n := namer(t)
	for _, unit := range []string{"%25", "../", "/a/..", ". ", ";", "::$", "\\", "%2", "a;b.php;", "/x.php"} {
		n.Name("/" + strings.Repeat(unit, 1<<20/len(unit)))
	}
}

func TestSuffixesAreChecked(t *testing.T) {
	for _, bad := range []string{"", ".", "php", ".p hp", ".a/b", ".a.b", "." + strings.Repeat("x", 16), ".ж"} {
		if _, err := NewNamer([]string{bad}); err == nil || !strings.Contains(err.Error(), "suffix") {
			t.Errorf("suffix %q: error %v", bad, err)
		}
	}
	n, err := NewNamer([]string{".PhP"})
	if err != nil {
		t.Fatal(err)
	}
	if !n.Name("/a.php").Script || n.Name("/a.jsp").Script {
		t.Error("the suffixes given are not those used")
	}
}

func TestEncodedWithoutNeed(t *testing.T) {
	for escaped, want := range map[string]bool{
		"/a%2Ephp": true, "/%61.php": true, "/a%20b": false, "/%D0%B6": false, "/a%": false, "/a%2": false, "/a%7e": true, "": false,
	} {
		if got := EncodedWithoutNeed(escaped); got != want {
			t.Errorf("EncodedWithoutNeed(%q) = %v", escaped, got)
		}
	}
}

func TestNameOfCanonicalPathDoesNotAllocate(t *testing.T) {
	n := namer(t)
	if got := testing.AllocsPerRun(100, func() { n.Name("/wp-content/plugins/x/index.php") }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func FuzzName(f *testing.F) {
	for _, seed := range []string{"/a.php/../b.jsp;x", "/%25%32%65.php", "/a\xc0\xae.asp::$DATA. ", "\\..\\..\\x.PHP\x00.jpg", "//.//..//", ";.php", "/a;b.php "} {
		f.Add(seed)
	}
	n := namer(f)
	f.Fuzz(func(t *testing.T, path string) {
		name := n.Name(path)
		for _, p := range []string{name.Full, name.Path} {
			again := n.Name(p)
			if again.Path != name.Path && p == name.Path || again.Script != name.Script || again.Spelling.Disguised() {
				t.Fatalf("%q → %+v, but %q → %+v", path, name, p, again)
			}
		}
		if again := n.Name(name.Full); again.Full != name.Full {
			t.Fatalf("%q → %q → %q", path, name.Full, again.Full)
		}
		if path != "" && !strings.HasPrefix(name.Full, "/") || strings.Contains(name.Full, "//") || strings.Contains(name.Full, "/../") {
			t.Fatalf("%q → %q", path, name.Full)
		}
	})
}
