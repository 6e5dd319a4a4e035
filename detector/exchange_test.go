package detector

import "testing"

func TestReferredBySite(t *testing.T) {
	for _, tt := range []struct {
		host, referer, origin string
		want                  bool
	}{
		{"example.com", "https://example.com/a", "", true},
		{"example.com:8080", "http://EXAMPLE.com/a", "", true},
		{"[::1]:80", "http://[::1]/", "", true},
		{"example.com", "", "https://example.com", true},
		{"example.com", "https://search.test/?q=example.com", "", false},
		{"example.com", "example.com", "", false},
		{"example.com", "", "null", false},
		{"example.com", "", "", false},
		{"", "https://example.com/", "", false},
		{"example.com", "https://[bad", "", false},
	} {
		x := Exchange{Host: tt.host, Referer: tt.referer, Origin: tt.origin}
		if got := x.ReferredBySite(); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestUnknownFactsAreNoEvidence(t *testing.T) {
	// The common log format knows neither referrer nor body; nor may it be
	// taken for a client without either.
	w := newWatch(t)
	w.learn(same, "/a.php")
	o := w.see(get("/a.php", stranger).with(post).with(unreferred).with(func(x *Exchange) { x.Known = 0 }))
	if o.has(1020) || o.has(1030) {
		t.Errorf("%+v", o)
	}
}
