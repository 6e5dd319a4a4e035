package baseline

import (
	"fmt"
	"testing"
	"time"
)

// The site's own host is that of which most networks fetch files, whatever spammers and
// search engines send.
func TestRefererHostsFindTheSitesOwn(t *testing.T) {
	s := NewSeededSite("shop", start, [2]uint64{1, 2})
	r := &s.RefererHosts
	learn := func(host string, from, networks int, toFile bool) {
		for n := range networks {
			r.Learn(host, s.Hash.Text(fmt.Sprint(from+n)), toFile)
		}
	}
	learn("www.example.com", 0, 2, true)
	if own := r.Own(); own != "" {
		t.Errorf("two networks are enough for %q", own)
	}
	learn("search.example.net", 0, 50, false)
	if own := r.Own(); own != "search.example.net" {
		t.Errorf("where nobody fetches files the host of most is the own, not %q", own)
	}
	learn("www.Example.com", 0, 8, true)
	for n := range 1000 {
		learn(fmt.Sprintf("spam%d.example.org", n), n, 1, true)
	}
	if own := r.Own(); own != "example.com" || !r.Is("example.com") || !r.Is("WWW.example.com") || r.Is("search.example.net") || r.Is("") {
		t.Errorf("the own host is %q", own)
	}
	if len(r.hosts) > maxRefererHosts {
		t.Errorf("%d hosts are kept", len(r.hosts))
	}
	objects := newMemoryObjects()
	if err := s.Save(objects, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	restored, _, err := Open("shop", objects, start.Add(time.Hour))
	if err != nil || restored.RefererHosts.Own() != "example.com" {
		t.Errorf("restored: %q, %v", restored.RefererHosts.Own(), err)
	}
	s.Phases.Enforce(Author{}, start.Add(time.Hour))
	learn("other.example.org", 0, 200, true)
	if own := r.Own(); own != "example.com" {
		t.Errorf("after learning it became %q", own)
	}
}
