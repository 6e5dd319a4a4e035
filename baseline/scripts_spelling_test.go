package baseline

import (
	"strings"
	"testing"
	"time"
)

// Where the server knows no case all spellings of a script are one, also after a restart;
// where it does, each is its own.
func TestServersThatKnowNoCase(t *testing.T) {
	s := NewSite("shop", start)
	visit(s, "/Products.aspx", 1, start)
	other := Key{Path: "/pRODUCTS.aspx"}
	if s.Scripts.Known(other) != other || s.Scripts.IgnoresCase() {
		t.Error("case does not matter before it is known")
	}
	s.Scripts.IgnoreCase()
	visit(s, "/News.aspx", 1, start)
	objects := newMemoryObjects()
	save(t, s, objects, start.Add(time.Hour))
	restored, err := load("shop", objects, manifestName)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*Site{"learned": s, "restored": restored} {
		for spelling, path := range map[string]string{"/products.aspx": "/Products.aspx", "/NEWS.aspx": "/News.aspx", "/other.aspx": "/other.aspx"} {
			if got := s.Scripts.Known(Key{Path: spelling}); got.Path != path {
				t.Errorf("%s: %s is known as %s, want %s", name, spelling, got.Path, path)
			}
		}
		s.Decisions.Forget([]Key{{Path: "/News.aspx"}}, Author{}, start)
		if got := s.Scripts.Known(Key{Path: "/NEWS.aspx"}); got.Path != "/NEWS.aspx" {
			t.Errorf("%s: a forgotten script is known as %s", name, got.Path)
		}
	}
}

// Three trusted scripts with two spellings each show that a server knows no case.
func TestSpellingsShowThatCaseDoesNotMatter(t *testing.T) {
	for pairs, want := range map[int]bool{2: false, 3: true} {
		s := NewSite("shop", start)
		for i, path := range []string{"/News.aspx", "/Products.aspx", "/Contact.aspx", "/About.aspx"} {
			for n := range 5 {
				visit(s, path, n, start)
				if i < pairs {
					visit(s, strings.ToLower(path), n, start)
				}
			}
		}
		s.Phases.Enforce(Author{}, start)
		if s.Scripts.IgnoresCase() != want {
			t.Errorf("%d pairs: %v", pairs, !want)
		}
	}
}

// Upper-case suffixes are usual where half of the networks use them.
func TestUpperCaseIsUsual(t *testing.T) {
	s := NewSite("shop", start)
	for n := range 20 {
		visit(s, "/news.asp", n, start)
		if s.Scripts.UpperCaseUsual() {
			t.Fatalf("usual after %d networks", n)
		}
	}
	for range 100 {
		s.Scripts.NoteUpperCase(network(s, 1))
	}
	if s.Scripts.UpperCaseUsual() {
		t.Error("one network made it usual")
	}
	for n := range 15 {
		s.Scripts.NoteUpperCase(network(s, n))
	}
	if !s.Scripts.UpperCaseUsual() {
		t.Error("15 of 20 networks use it")
	}
	s.Phases.Enforce(Author{}, start)
	if !s.Scripts.RunsSuffix("/x.ASP") || s.Scripts.RunsSuffix("/x.svc") {
		t.Error("the site has scripts of .asp, and none of .svc")
	}
}
