package baseline

import (
	"fmt"
	"strings"
	"testing"
)

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>%s</title>
<link rel="stylesheet" href="/theme/style.css"><script src="/theme/menu.js" defer></script></head>
<body class="home"><header><nav><a href="/">Home</a><a href="/about">About</a><a href="/contact">Contact</a></nav></header>
<main><h1>%s</h1><p>%s`

func fingerprint(t *testing.T, s *Site, answer, request string) Fingerprint {
	t.Helper()
	f, ok := s.Hash.Fingerprint([]byte(answer), request)
	if !ok {
		t.Fatalf("no fingerprint of %q", answer)
	}
	return f
}

func TestFingerprintsOfAlikeAnswersAreAlike(t *testing.T) {
	s := NewSite("a", start)
	s.Hash.secret = [2]uint64{1, 2} // one pair in a thousand is unlucky
	one := fingerprint(t, s, fmt.Sprintf(page, "Home", "Welcome", "Nice to see you."), "/")
	two := fingerprint(t, s, fmt.Sprintf(page, "Gone", "Nothing here", "We could not find it."), "/gone.php")
	if !one.Alike(two) {
		t.Error("two pages of one template are not alike")
	}
	for _, other := range []string{
		strings.Repeat("uid=33(www-data) gid=33(www-data) groups=33(www-data) ", 3),
		`{"status":"ok","result":"c3VjY2Vzcw==","path":"var","os":"linux","user":"www","host":"web","php":"x","cwd":"a","b":"c"}`,
		"<html><body><pre>total drwxr-xr-x root uploads config passwd shadow bin etc home lib opt proc run</pre></body></html>",
	} {
		if one.Alike(fingerprint(t, s, other, "/x.php")) {
			t.Errorf("alike to a page: %q", other)
		}
	}
}

func TestFingerprintLeavesOutTheRequestsWords(t *testing.T) {
	s := NewSite("a", start)
	const text = " the quick brown fox jumps over a lazy dog by the river bank at "
	one := fingerprint(t, s, "home /index.php?qq=1"+text+"12:30", "/index.php?qq=1")
	two := fingerprint(t, s, "home /missing.php?zz=2"+text+"12:31", "/missing.php?zz=2")
	if one != two {
		t.Error("a page that repeats the request differs from itself")
	}
}

func TestFingerprintNeedsWords(t *testing.T) {
	s := NewSite("a", start)
	for _, answer := range []string{"", "ok", "about.php ran", "<html><body><h1>hello</h1></body></html>", strings.Repeat("12 34 <> ", 50)} {
		if _, ok := s.Hash.Fingerprint([]byte(answer), "/"); ok {
			t.Errorf("a fingerprint of %q", answer)
		}
	}
}

func TestFingerprintReadsABoundedPrefix(t *testing.T) {
	s := NewSite("a", start)
	long := strings.Repeat("word ", PrefixLen)
	if fingerprint(t, s, long, "") != fingerprint(t, s, long[:PrefixLen], "") {
		t.Error("it read on")
	}
}
