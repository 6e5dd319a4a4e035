package baseline

import (
	"fmt"
	"testing"
)

// answered is an answer with a body, to a request for the path.
func answered(s *Site, status int, body, path string) Page {
	return s.NotFound.Page(status, "text/html; charset=utf-8", []byte(body), path)
}

const notFoundBody = "<!doctype html><title>404 Not Found</title><h1>Not Found</h1><p>The requested page %s was not found on this server, please go back to the home page"

func TestNotFoundPagesAreThoseOfSeveralNames(t *testing.T) {
	s := NewSite("a", start)
	ask := func(path string) (absent, known bool) {
		p := answered(s, 404, fmt.Sprintf(notFoundBody, path), path)
		absent, known = s.NotFound.Means(p)
		s.NotFound.Learn(p, path)
		return absent, known
	}
	for range 5 {
		if absent, known := ask("/one.php"); absent || known {
			t.Fatal("one name, however often, says nothing")
		}
	}
	ask("/two.php")
	ask("/three.php")
	if absent, known := ask("/four.php"); !absent || !known {
		t.Error("the fourth name is not recognised as missing")
	}
	for what, p := range map[string]Page{
		"another status":     answered(s, 500, fmt.Sprintf(notFoundBody, "/x.php"), "/x.php"),
		"another type":       s.NotFound.Page(404, "application/json", []byte(fmt.Sprintf(notFoundBody, "/x.php")), "/x.php"),
		"no body":            answered(s, 404, "", "/x.php"),
		"a few words":        answered(s, 404, "uid=33(www-data)", "/x.php"),
		"many words, others": answered(s, 404, "drwxr-xr-x www data root bin etc passwd home user local share lib var log tmp opt srv", "/x.php"),
	} {
		if absent, known := s.NotFound.Means(p); absent || !known {
			t.Errorf("%s is taken for the page of a missing name", what)
		}
	}
}

func TestNotFoundPagesOfFewWordsMustBeEqual(t *testing.T) {
	s := NewSite("a", start)
	for n := range 5 {
		path := fmt.Sprintf("/%d.php", n)
		s.NotFound.Learn(answered(s, 404, path+" not found", path), path)
	}
	if absent, _ := s.NotFound.Means(answered(s, 404, "/other.php not found", "/other.php")); !absent {
		t.Error("a short page that repeats the name is not recognised")
	}
	if absent, _ := s.NotFound.Means(answered(s, 404, "ok", "/other.php")); absent {
		t.Error("another short answer is taken for it")
	}
}

func TestNotFoundPagesOfSuccessTakeMoreNames(t *testing.T) {
	s := NewSite("a", start)
	for n := range notFoundNamesOK {
		path := fmt.Sprintf("/%d.php", n)
		p := answered(s, 200, fmt.Sprintf(notFoundBody, path), path)
		if absent, _ := s.NotFound.Means(p); absent {
			t.Fatalf("after %d names", n)
		}
		s.NotFound.Learn(p, path)
	}
	if absent, _ := s.NotFound.Means(answered(s, 200, fmt.Sprintf(notFoundBody, "/z.php"), "/z.php")); !absent {
		t.Error("an application that answers 200 to every name is a thousand scripts")
	}
}

func TestNotFoundPagesAreBounded(t *testing.T) {
	s := NewSite("a", start)
	words := func(n int) (body string) {
		for i := range 20 {
			body += fmt.Sprintf("word%dx%d ", n, i)
		}
		return body
	}
	for n := range 5 {
		s.NotFound.Learn(answered(s, 404, fmt.Sprintf(notFoundBody, ""), ""), fmt.Sprintf("/%d.php", n))
	}
	for n := range 1000 {
		s.NotFound.LearnFront(answered(s, 200, words(n), ""))
		s.NotFound.Learn(answered(s, 404, words(n), ""), fmt.Sprintf("/%d.php", n))
	}
	if n := len(*s.NotFound.list.Load()); n > maxNotFoundPages {
		t.Errorf("%d pages", n)
	}
	if absent, _ := s.NotFound.Means(answered(s, 404, fmt.Sprintf(notFoundBody, ""), "")); !absent {
		t.Error("a flood of pages drove out the one that many names had")
	}
	if absent, _ := s.NotFound.Means(answered(s, 200, words(0), "")); !absent {
		t.Error("a flood of fronts drove out the first")
	}
}
