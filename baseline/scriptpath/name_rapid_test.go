package scriptpath

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func init() {
	// A hundred paths, the default, are few for forms that meet by chance; the
	// flags of a run still decide. A failure is printed, and leaves no file.
	_ = flag.Set("rapid.checks", "5000")
	_ = flag.Set("rapid.nofailfile", "true")
}

// hostileBytes are what disguises are made of, besides plain words.
var hostileBytes = []string{
	"/", "//", "/./", "/../", "..", ".", " ", "\t", "\n", "\x7f", "\x00", ";", ";a=b", "/..;/", `\`, ":", "::$DATA", "::$", "%", "%2", "%25", "%2e", "%2F", "%5c", "%00",
	"%252e", "%c0%ae", "\xc0\xae", "\xc0\xaf", "\xc1\x9c", "\xe0\x80\xae", "\xf0\x80\x80\xaf", "\xff", "\xc3", "ж", "．", "(", "~",
	".php", ".PHP", ".pHp5", ".jsp", ".jspx", ".Asp", ".aspx", ".phpx", ".jpg", "a", "b.c", "index", "php",
}

// hostilePath draws any path at all, mostly of what disguises are made of.
var hostilePath = rapid.Custom(func(t *rapid.T) string {
	parts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(hostileBytes), rapid.SampledFrom(hostileBytes), rapid.StringN(0, 3, 8)), 0, 24).Draw(t, "parts")
	return strings.Join(parts, "")
})

func TestAnyNameIsCanonicalAndItsOwnName(t *testing.T) {
	n := namer(t)
	rapid.Check(t, func(t *rapid.T) {
		sent := hostilePath.Draw(t, "sent")
		name := n.Name(sent)
		again := n.Name(name.Full)
		if again.Full != name.Full || again.Path != name.Path || again.Script != name.Script || again.Spelling.Disguised() {
			t.Fatalf("%+v, and named again %+v", name, again)
		}
		if !strings.HasPrefix(name.Full, name.Path) || sent != "" && !strings.HasPrefix(name.Full, "/") {
			t.Fatalf("%+v", name)
		}
		ends := func(s string) bool { return strings.HasSuffix(name.Path, s) }
		if name.Script != slices.ContainsFunc(n.Suffixes(), ends) {
			t.Fatalf("%+v does not end as it should", name)
		}
		if name.Script && name.Path != name.Full && name.Full[len(name.Path)] != '/' {
			t.Fatalf("%+v: PATH_INFO without a slash", name)
		}
	})
}

func TestLongerNamesAreScriptsOfTheSamePath(t *testing.T) {
	n := namer(t)
	rapid.Check(t, func(t *rapid.T) {
		name := n.Name(hostilePath.Draw(t, "sent"))
		for longer, ok := n.Longer(name); ok; longer, ok = n.Longer(longer) {
			if !longer.Script || len(longer.Path) <= len(name.Path) || !strings.HasPrefix(longer.Path, name.Path) || !strings.HasPrefix(longer.Full, longer.Path) {
				t.Fatalf("%+v after %+v", longer, name)
			}
			name = longer
		}
	})
}

// disguise is a form of a path that stays the same script to the server that
// undoes the form.
type disguise struct {
	name  string
	apply func(t *rapid.T, path string) string
}

// atSlash puts one of the words in the place of a slash.
func atSlash(words ...string) func(*rapid.T, string) string {
	return func(t *rapid.T, path string) string {
		var slashes []int
		for i := range len(path) {
			if path[i] == '/' {
				slashes = append(slashes, i)
			}
		}
		if len(slashes) == 0 { // they are back-slashes by now, or encoded
			return path
		}
		at := rapid.SampledFrom(slashes).Draw(t, "slash")
		return path[:at] + rapid.SampledFrom(words).Draw(t, "word") + path[at+1:]
	}
}

func atEnd(words ...string) func(*rapid.T, string) string {
	return func(t *rapid.T, path string) string { return path + rapid.SampledFrom(words).Draw(t, "word") }
}

// recode writes one byte in another way.
func recode(encode func(byte) string) func(*rapid.T, string) string {
	return func(t *rapid.T, path string) string {
		at := rapid.IntRange(0, len(path)-1).Draw(t, "byte")
		if path[at] >= 0x80 {
			return path
		}
		return path[:at] + encode(path[at]) + path[at+1:]
	}
}

const hexDigits = "0123456789aBcDeF"

var disguises = []disguise{
	{"slashes and dots", atSlash("//", "/./", "/x/../", "///", "/x.jpg/../")},
	{"back-slashes", atSlash(`\`, `\\`, `/.\`, `\x\..\`)},
	{"parameters of a folder", atSlash(";/", ";a/", ";a=b;c/", "/;/", "/.;a/", "/x/..;/")},
	{"ignored ends of a folder", atSlash("/. /", "/x/.. /", " /", "\t/", "::$INDEX_ALLOCATION/")},
	{"a parameter", atEnd(";", ";a=b", ";jsessionid=1.n", ";.jpg")},
	{"ignored ends", atEnd(".", "...", " ", " . ", "\n", "\t", "\x7f", "\r\n")},
	{"a stream", atEnd("::$DATA", "::$data", "::$DATA.jpg")},
	{"PATH_INFO", atEnd("/a", "/a/b", "/x.jpg", "/y.php", "//a")},
	{"NUL", atEnd("\x00a", "\x00.jpg")},
	{"percent", recode(func(c byte) string { return "%" + hexDigits[c>>4:][:1] + hexDigits[c&15:][:1] })},
	{"overlong of two bytes", recode(func(c byte) string { return string([]byte{0xc0 | c>>6, 0x80 | c&0x3f}) })},
	{"overlong of three bytes", recode(func(c byte) string { return string([]byte{0xe0, 0x80 | c>>6, 0x80 | c&0x3f}) })},
	{"overlong of four bytes", recode(func(c byte) string { return string([]byte{0xf0, 0x80, 0x80 | c>>6, 0x80 | c&0x3f}) })},
	{"case of the suffix", func(_ *rapid.T, path string) string {
		dot := strings.LastIndexByte(path, '.')
		if strings.ContainsFunc(path[dot+1:], func(r rune) bool { return lower(byte(r)) < 'a' || r >= 0x7f }) {
			return path
		}
		return path[:dot+1] + strings.ToUpper(path[dot+1:])
	}},
}

func TestADisguisedScriptKeepsItsKey(t *testing.T) {
	// Each disguise is put on the one before. None behind the script ends in a
	// slash, after which ignored dots would become a segment that means something.
	n := namer(t)
	script := rapid.Custom(func(t *rapid.T) string {
		folders := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "d.jpg", "üb", "B", "x y", "a.b.c"}), 0, 3).Draw(t, "folders")
		return strings.Join(append(append([]string{""}, folders...), rapid.SampledFrom([]string{"s", "index", "S.t", "x-1", "ж"}).Draw(t, "file")), "/") +
			rapid.SampledFrom(n.Suffixes()).Draw(t, "suffix")
	})
	rapid.Check(t, func(t *rapid.T) {
		want := script.Draw(t, "script")
		path := want
		for range rapid.IntRange(1, 6).Draw(t, "layers") {
			path = rapid.SampledFrom(disguises).Draw(t, "disguise").apply(t, path)
		}
		if name := n.Name(path); !name.Script || name.Path != want {
			t.Fatalf("Name(%q) = %+v, want %q", path, name, want)
		}
	})
}

func TestSplitIsWhatANaiveSearchFinds(t *testing.T) {
	n := namer(t)
	rapid.Check(t, func(t *rapid.T) {
		path := hostilePath.Draw(t, "path")
		var want, got []int
		for end := 1; end <= len(path); end++ {
			ends := func(s string) bool {
				return end >= len(s) && foldASCII(path[end-len(s):end]) == s
			}
			if slices.ContainsFunc(n.Suffixes(), ends) {
				want = append(want, end)
			}
		}
		for end := n.Split(path, 0); end >= 0; end = n.Split(path, end) {
			got = append(got, end)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("Split(%q) = %v, want %v", path, got, want)
		}
	})
}

func foldASCII(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}

func TestTidyOfATidyPathIsThatPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tidy := Tidy(hostilePath.Draw(t, "sent"))
		if Tidy(tidy) != tidy || tidy[0] != '/' || strings.Contains(tidy, "//") || strings.Contains(tidy, "/../") {
			t.Fatalf("%q, tidied again %q", tidy, Tidy(tidy))
		}
	})
}
