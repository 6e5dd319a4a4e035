package main

import (
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

func TestRouteOfScript(t *testing.T) {
	for in, want := range map[string]string{
		"/article.php?id=3":                    "/article/3?",
		"/article.php?id=3&lang=en":            "/article/3?lang=en",
		"/a/index.php":                         "/a/?",
		"/a/index.php?id=3":                    "/a/3?",
		"/search.php?q=two%20words":            "/search?q=two%20words",
		"/style.css?v=3":                       "/style.css?v=3",
		"/projects/xdotool/":                   "/projects/xdotool/?",
		"/list.php?next=../../x":               "/list?next=../../x",
		"/list.php?" + strings.Repeat("a", 50): "/list?" + strings.Repeat("a", 50),
	} {
		path, query, _ := strings.Cut(in, "?")
		route, rest := routeOf(path, query)
		if got := route + "?" + rest; got != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
}

func TestRoutedSiteHasNoScripts(t *testing.T) {
	s := routed(someSite(t))
	for i := range s.served {
		if x := &s.served[i]; namer.Name(x.Path).Script || x.Path != x.EffectivePath || x.Root != "" {
			t.Fatalf("%q runs %q in %q", x.Path, x.EffectivePath, x.Root)
		}
	}
	read, send := routesOf(s)
	if len(read) < 5 || len(send) == 0 {
		t.Errorf("routes %v and %v", read, send)
	}
}

func TestFrontedSiteRunsTwoScripts(t *testing.T) {
	s := fronted(someSite(t))
	ran, operations, sent := make(map[string]int), make(map[string]bool), 0
	for i := range s.served {
		x := &s.served[i]
		if x.Root != serverRoot || x.EffectiveRoot != serverRoot {
			t.Fatalf("%q is under %q", x.Path, x.Root)
		}
		if isFile(x.Path) {
			continue
		}
		ran[x.EffectivePath]++
		if x.Path == ajaxScript {
			operations[x.Query] = true
		}
		if x.Method == "POST" && len(x.Body) > 0 {
			sent++
		}
	}
	if len(ran) != 2 || ran[frontScript] < 100 || ran[ajaxScript] < 100 || len(operations) < 5 || sent < 20 {
		t.Errorf("ran %v, %d operations, %d payloads", ran, len(operations), sent)
	}
	for i := range s.logged {
		if x := &s.logged[i]; x.EffectivePath != x.Path || x.Root != "" || x.Header != nil || x.Body != nil || x.Has(detector.KnownBody) {
			t.Fatalf("a log knows %+v", x)
		}
	}
}

func TestDressedFactsAreTheSameEachTime(t *testing.T) {
	s := someSite(t)
	a, b := asIs(s), asIs(s)
	for i := range a.served {
		x, y := &a.served[i], &b.served[i]
		if string(x.Body) != string(y.Body) || x.ContentType != y.ContentType || len(x.Header) != len(y.Header) || !x.Has(everyFact) {
			t.Fatalf("%+v and %+v", x, y)
		}
	}
}
