package detector

import "testing"

func TestRefererHost(t *testing.T) {
	for referer, want := range map[string]string{
		"https://www.example.com/a?b=c":        "www.example.com",
		"http://example.com":                   "example.com",
		"HTTPS://user:x@example.com:8443/a":    "example.com",
		"http://[2001:db8::1]:80/":             "[2001:db8::1]",
		"https://example.com?x=https://b.test": "example.com",
		"android-app://com.example.search/":    "com.example.search",
		"/page":                                "", "-": "", "about:blank": "", "example.com/page": "", "null": "", "": "",
		"http://": "", "http:///page": "", "://x": "", "http://[broken": "", "http:/example.com": "",
		"//example.com/page": "", "javascript:void(0)": "", "file:///c/page.html": "",
	} {
		if got := refererHost(referer); got != want {
			t.Errorf("%q: %q, want %q", referer, got, want)
		}
	}
}

// What is no page's address leads nowhere, and came from nowhere.
func TestRefererThatNamesNoPageIsNone(t *testing.T) {
	for _, referer := range []string{"", "/page", "-", "about:blank", "example.com"} {
		x := Exchange{Known: KnownReferer, Host: "example.com", Referer: referer}
		if !x.Unreferred() || x.ReferredBySite() {
			t.Errorf("%q is a page", referer)
		}
	}
	for _, x := range []Exchange{
		{Known: KnownReferer, Referer: "https://example.com/"},
		{Known: KnownReferer, Referer: "/page", Origin: "https://example.com"},
		{Referer: ""},
	} {
		if x.Unreferred() {
			t.Errorf("%+v came from nowhere", x)
		}
	}
}
