// Package identity asks real servers for scripts by every spelling, and holds the names that the
// guard gives to what they ran.
package identity

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

// meaning is what a spelling stands for where a server runs something for it.
type meaning int

const (
	theScript   meaning = iota // /d/s.x, under that key
	itself                     // a file whose own path is the key
	aFolderToo                 // /d.x/s.x: the folder may be the script, so the file is a longer candidate
	theIndex                   // /d/index.x, under the key of the folder
	midSegment                 // what ends at a suffix within a segment: only files can tell
	aliasOnDisk                // a Linux file that is named as another's disguise: executable, under the other's key
)

// spelling is a request target as it is sent on the wire. {x} stands for the
// suffix without its dot, {X} for it in upper case, {%} and {%%} for it
// percent-encoded once and twice.
type spelling struct {
	target string
	means  meaning
}

// hostile are the spellings that real servers are asked for.
var hostile = flatten(map[meaning][]string{
	theScript: {
		"/d/s.{x}", "http://example.com/d/s.{x}", "/d/s.{x}?a=/../b", "/d/s.{X}", "/D/s.{x}", "/d/S.{x}",
		// Percent-encoding, once, twice and thrice.
		"/%64/%73.{x}", "/d/s%2e{x}", "/d/s%2E{x}", "/d/s.{%}", "/d%2fs.{x}", "/d%2Fs.{x}", "%2fd/s.{x}", "/d/s%252e{x}", "/d/s.{%%}", "/d%252fs.{x}",
		"/d/s%25252e{x}", "/d/s%25%32%65{x}", "/d/s%u002e{x}", "/d/s%25u002e{x}", "/d/s.{x}%", "/d/s.{x}%zz",
		// Slashes and dot segments.
		"//d/s.{x}", "/d//s.{x}", "///d///s.{x}", "/./d/./s.{x}", "/x/../d/s.{x}", "/../d/s.{x}", "/d/x/..//s.{x}", "/d/t.jpg/../s.{x}",
		"/d/%2e%2e/d/s.{x}", "/d/.%2e/d/s.{x}", "/d/%2e/s.{x}", "/d/%252e%252e/d/s.{x}", "/d/s.{x}/.", "/d/s.{x}/../s.{x}", "/d/.../s.{x}",
		// What ends a name: dots, blanks, control characters.
		"/d/s.{x}.", "/d/s.{x}...", "/d/s.{x}%2e", "/d/s.{x}%20", "/d/s.{x}%20%20", "/d/s.{x}%20.%20", "/d/s.{x}%09", "/d/s.{x}\t", "/d/s.{x}%0a",
		"/d/s.{x}%0d%0a", "/d/s.{x}%0b", "/d/s.{x}%7f", "/d/s.{x}%01", "/d./s.{x}", "/d%20/s.{x}", "/d/s.{x}%0a/x", "/d/s%20.{x}",
		// NTFS streams.
		"/d/s.{x}::$DATA", "/d/s.{x}::$data", "/d/s.{x}%3a%3a$DATA", "/d/s.{x}::$DATA.jpg", "/d::$INDEX_ALLOCATION/s.{x}",
		// Parameters, of the file and of folders.
		"/d/s.{x};", "/d/s.{x};a=b", "/d/s.{x};jsessionid=0123.node1", "/d/s.{x};a/b", "/d/s.{x};.jpg", "/d/s.{x};a.jpg", "/d/s.{x};b.{x}", "/d/s.{x};a;b;c",
		"/d/s.{x}%3ba=b", "/d/s.{x}%253ba=b", "/d;a=b/s.{x}", "/d;/s.{x}", "/;a/d/s.{x}", "/;/d/s.{x}", "/d/;a=b/s.{x}", "/d/.;/s.{x}", "/d/.;a/s.{x}", "/d;jsessionid=1/s.{x};jsessionid=1",
		"/d/..;/d/s.{x}", "/x/..;a=b/d/s.{x}", "/d/%2e%2e;/d/s.{x}", "/d/..%3b/d/s.{x}", "/d/..;%2fd/s.{x}", "/d/s.{x};a=/../s.{x}", "/d/s.{x};/../s.{x}",
		"/d/s.{x};a.{x};b", "/d;a.jpg/s.{x}", "/d/s.{x};a%2eb.{x}", "/d;a::$x/s.{x}", `/d/s.{x};a\b`, "/d/s.{x};a%2fb",
		"/d/s.{x}/.../.../e",
		// Parameters of folders with a suffix in them, and with dot segments.
		"/d;a.{x}/s.{x}", "/;a.{x}/d/s.{x}", "/d/..;a.{x}/d/s.{x}", "/d/.;a.{x}/s.{x}", "/d;a=b.php/s.{x}",
		"/d/s.{x};a=%2f..", "/d/s.{x};%2f..%2fe", "/d/s.{x};a=%2f..%2ft.jpg", "/d/s.{x};%2f..%2f..%2findex.{x}", "/d;%2f..%2fe/s.{x}",
		"/d;%2fe/s.{x}", "/d/s.{x};%5c..%5c..%5ce", "/d/s.{x};%252f..%252f..%252fe", "/d/s.{x};%c0%af..%c0%af..%c0%afe",
		"/d/s.{x};%00..%00..%00e", "/d;%252f..%252f..%252fe/s.{x}", `/d/s.{x};\..\..\e`,
		// PATH_INFO with disguised dot segments, and with plain ones.
		"/d/s.{x}/..;/..;/e", "/d/s.{x}/..;/..;/index.{x}", "/d/s.{x}/%252e%252e/%252e%252e/e", "/d/s.{x}/%5c..%5c..%5c..%5ce", `/d/s.{x}/\..\..\..\e`,
		"/d/s.{x}/..%20/..%20/e", "/d/s.{x}/..%0a/..%0a/e", "/d/s.{x}/..::$x/..::$x/e", "/d/s.{x}/%c0%ae%c0%ae/%c0%ae%c0%ae/e",
		"/d/s.{x}/%c0%af..%c0%af..%c0%af..%c0%afe", "/d/s.{x}/%252f..%252f..%252f..%252fe",
		"/d/s.{x}/../../e", "/d/s.{x}%00/../../e",
		// PATH_INFO.
		"/d/s.{x}/", "/d/s.{x}/a/b", "/d/s.{x}/t.jpg", "/d/s.{x}/s.{x}", "/d/s.{x}//", "/d/s.{x}/;a", "/d/s.{x}%2fa", "/d/s.{x}/a%0ab", "/d/s.{x}/%2e%2e%2fs.{x}",
		// Back-slashes.
		`/d\s.{x}`, "/d%5cs.{x}", "/d%255cs.{x}", "/x/..%5cd/s.{x}", `/x\..\d\s.{x}`, `\d\s.{x}`,
		// Overlong, invalid and look-alike UTF-8.
		"/d/s%c0%ae{x}", "/d%c0%afs.{x}", "/d/s%e0%80%ae{x}", "/d/s%f0%80%80%ae{x}", "/x/%c0%ae%c0%ae/d/s.{x}", "/d/s\xc0\xae{x}", "/%ff/../d/s.{x}",
		"/d/s%ef%bc%8e{x}",
		// NUL.
		"/d/s.{x}%00", "/d/s.{x}%00.jpg", "/d/s.{x}%2500.jpg", "/d/s.{x}\x00", "/d/s.{x}%00/a", "/d%00/s.{x}", "/d/s.{x}%c0%80.jpg",
	},
	itself: {
		"/d.jpg/s.{x}", "//d.jpg/./s.{x}", "/d.jpg/s.{X}", "/d.jpg;a/s.{x};b", "/d.jpg/s.{x}/t.jpg", "/d.jpg%2fs.{x}", "/d/o;o.{x}", "/d/o%3bo.{x}", "/d/o;o.{x}/a", "/d/t.jpg/s.{x}", "/d/t.jpg/.{x}", "/d/t.jpg%00.{x}", "/d/t.jpg%0a.{x}",
	},
	aFolderToo: {"/d.{x}/s.{x}", "/d.{x}/s.{x}/a", "/d.{x};a/s.{x}", "/d.{x}//s.{x}", "/d.{x}/../d.{x}/s.{x}"},
	theIndex: {
		"/d/", "/d//", "//d/", "/d/.", "/d/%2e", "/d/./", "/x/../d/", "/d/x/..", "/d;/", "/d;a=b/", "/d/;a", "/d/;a/", "/d/.;a", "/d/x/..;a", "/%64/", "/d%2f", "/d/%20", "/d/%00", "/d/?a=b", "/d\\", "/d/%5c",
		"/d/;a.{x}",
	},
	midSegment: {
		"/d/s.{x}.jpg", "/d/s.{x}foo", "/d/s.{x}.{x}", "/d/s.{x}.{x}/a", "/d/s.{x}%3fa", "/d/s.{x}%23a", "/d/s.{x}~", "/d/s.{x}:a", "/d/s.{x}%20a", "/d/s.{X}.jpg", "/d/s.{x},a", "/d/s.{x}%0aa", "/d/s.{x}|", "/d/s.{x}.jpg/a", "/d/s.{x}+", "/d/s.{x}%c2%a0", "/d/s.{x}%85",
		"/d/s.{x}%ff", "/d/s.{x}%c3", "/d/s.{x}\xff",
	},
	aliasOnDisk: {"/p;q/s.{x}", "/p%3bq/s.{x}", "/p./s.{x}"},
})

// onDisk are the files that servers find, each of which says which one it is.
var onDisk = []string{"d/s.{x}", "d/index.{x}", "d/t.jpg", "d/o;o.{x}", "d.jpg/s.{x}", "d.{x}/s.{x}", "p;q/s.{x}", "p./s.{x}"}

func flatten(by map[meaning][]string) (all []spelling) {
	for means := theScript; means <= aliasOnDisk; means++ {
		for _, target := range by[means] {
			all = append(all, spelling{target, means})
		}
	}
	return all
}

// withSuffix fills in the suffix, given without its dot.
func withSuffix(pattern, suffix string) string {
	var once strings.Builder
	for _, c := range []byte(suffix) {
		fmt.Fprintf(&once, "%%%02x", c)
	}
	return strings.NewReplacer("{x}", suffix, "{X}", strings.ToUpper(suffix), "{%}", once.String(),
		"{%%}", strings.ReplaceAll(once.String(), "%", "%25")).Replace(pattern)
}

// decoded is the path of a target as Go's servers see it. Those they refuse
// never reach the guard.
func decoded(target string) (u *url.URL, ok bool) {
	if strings.ContainsAny(target, "\t ") {
		return nil, false
	}
	u, err := url.ParseRequestURI(target)
	return u, err == nil
}

// misnamed says what is wrong with the name of a target for which a server ran
// a file, or nothing.
func (s spelling) misnamed(n *scriptpath.Namer, suffix, ran string) string {
	u, ok := decoded(withSuffix(s.target, suffix))
	if !ok {
		return ""
	}
	sent := u.Path
	name, script := n.Name(sent), "/d/s."+suffix
	keys := []string{name.Path}
	if n.Ambiguous(name, sent) {
		readings := n.Interpretations(name, sent, u.RawPath)
		keys = append(keys, readings...)
		name.Script = name.Script || len(readings) > 0
	}
	switch s.means {
	case theScript:
	case itself:
		script = ran
	case aFolderToo:
		script = ran
		for longer, ok := n.Longer(name); ok; longer, ok = n.Longer(longer) {
			keys = append(keys, longer.Path)
		}
	case theIndex:
		if !strings.HasPrefix(ran, "/d/index.") || name.Path != "/d/" && !name.Script {
			return fmt.Sprintf("%s ran for %q, whose name is %q", ran, sent, name.Path)
		}
		return ""
	case midSegment:
		keys = nil
		for end := n.Split(name.Full, 0); end >= 0; end = n.Split(name.Full, end) {
			keys = append(keys, name.Full[:end])
		}
		name.Script = len(keys) > 0
	case aliasOnDisk:
		script, ran = "/p/"+path.Base(ran), "/p/"+path.Base(ran)
	}
	for _, key := range keys {
		if name.Script && key == script && script == ran {
			return ""
		}
	}
	return fmt.Sprintf("%s ran for %q, whose keys are %q, script %v", ran, sent, keys, name.Script)
}

// says is what a file of onDisk prints when it is run; its source does not have
// these words.
var says = regexp.MustCompile(`ran:\[([^]]*)\]`)

// onIIS are spellings that some IIS runs or ran. It cannot be run here: the
// third column says where it is documented. Its own encoding, %u002e, is missing:
// Go's servers refuse it.
var onIIS = []struct{ target, key, source string }{
	{"/d/s.ASP", "/d/s.asp", "file names on Windows have no case: Microsoft, Naming Files, Paths, and Namespaces"},
	{"/d/s.AspX", "/d/s.aspx", "the same"},
	{"/d/s.asp.", "/d/s.asp", "the same: a trailing period is dropped"},
	{"/d/s.asp%20", "/d/s.asp", "the same: a trailing space is dropped"},
	{"/d./s.asp%20.", "/d/s.asp", "the same, of folders too"},
	{"/d%5cs.asp", "/d/s.asp", "the same: the back-slash separates"},
	{"/x/..%5cd%5cs.asp", "/d/s.asp", "the same"},
	{"/d/s.asp::$DATA", "/d/s.asp", "CVE-1999-0278, KB188806: the unnamed stream is the file"},
	{"/d/s.asp::$data", "/d/s.asp", "the same: stream types have no case"},
	{"/d::$INDEX_ALLOCATION/s.asp", "/d/s.asp", "the same: the stream of a directory is the directory"},
	{"/d/s.asp;.jpg", "/d/s.asp", "CVE-2009-4444: the suffix ends at the semicolon"},
	{"/d/s.cer;a.jpg", "/d/s.cer", "CVE-2009-4444"},
	{"/d/s.asa;a.jpg", "/d/s.asa", "CVE-2009-4444"},
	{"/s.asp/a.jpg", "/s.asp", "IIS 6 takes whatever is in a folder called *.asp for ASP; the folder is the key"},
	{"/d/s.asp/a/b", "/d/s.asp", "PATH_INFO: Microsoft, IIS server variables"},
	{"/d/s.asmx/Method", "/d/s.asmx", "ASP.NET web services: the method follows the file"},
	{"/d/t.jpg/x.php", "/d/t.jpg/x.php", "cgi.fix_pathinfo of PHP: the last file there runs if security.limit_extensions is empty; the key is what was asked for"},
	{"/d/s%252easp", "/d/s.asp", "MS01-026, CERT VU#789543: decoded twice"},
	{"/x/%252e%252e/d/s.asp", "/d/s.asp", "the same"},
	{"/x/..%c0%afd/s.asp", "/d/s.asp", "MS00-078: overlong slash"},
	{"/x/..%c1%9cd/s.asp", "/d/s.asp", "the same: overlong back-slash"},
	{"/(S(abc))/d/s.aspx", "/(S(abc))/d/s.aspx", "ASP.NET's cookieless sessions: IIS takes the segment out; a key of its own"},
	{"/D~1/S~1.ASP", "/D~1/S~1.asp", "8.3 names: a key of its own"},
	{"/d:$i30:$INDEX_ALLOCATION/s.asp", "/d:$i30:$INDEX_ALLOCATION/s.asp", "a directory's stream by name: a key of its own"},
}

func TestWhatIISRunsHasAnExecutableKey(t *testing.T) {
	n, err := scriptpath.NewNamer(scriptpath.DefaultSuffixes())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range onIIS {
		u, ok := decoded(tt.target)
		if !ok {
			t.Errorf("%s: Go's servers refuse it", tt.target)
			continue
		}
		if name := n.Name(u.Path); !name.Script || name.Path != tt.key {
			t.Errorf("%s (%s): %q script=%v, want %q", tt.target, tt.source, name.Path, name.Script, tt.key)
		}
	}
}
