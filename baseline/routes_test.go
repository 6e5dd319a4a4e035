package baseline

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTemplatesFoldWhatVariesByItsForm(t *testing.T) {
	s := NewSite("a", start)
	for path, want := range map[string]string{
		"/": "/", "/about": "/about", "/blog/": "/blog/", "/user/42/edit": "/user/{n}/edit", "/wp-json/wp/v2/posts/7": "/wp-json/wp/v2/posts/{n}",
		"/o/123e4567-e89b-12d3-a456-426614174000":                     "/o/{uuid}",
		"/2026-11-23/news":                                            "/{date}/news",
		"/c/9f86d081884c7d659a2feaa0c55ad015":                         "/c/{hash}",
		"/f/aB3dE5fG7hI9jK1lM3nO5":                                    "/f/{hash}",
		"/blog/how-to-keep-a-site-alive":                              "/blog/{slug}",
		"/forgot-password":                                            "/forgot-password",
		"/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p":                            "/a/b/c/d/e/f/g/h/i/j/k/l/{**}",
		"/a_very_long_segment_that_no_menu_would_have_at_all_you_see": "/{slug}",
	} {
		if got := s.Routes.Template("", path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestTemplatesFoldPartsWithManyChildren(t *testing.T) {
	s := NewSite("a", start)
	for n := range 10 {
		for _, path := range []string{"/about", "/contact", "/shop/chair"} {
			s.Routes.Learn("", path, uint64(n+1)*0x9e3779b97f4a7c15)
		}
	}
	for n := range 1000 {
		s.Routes.Learn("", "/w"+letters(n), uint64(n+1)*0x9e3779b97f4a7c15)
		s.Routes.Learn("", "/shop/x"+letters(n), uint64(n+1)*0x9e3779b97f4a7c15)
	}
	for path, want := range map[string]string{
		"/about": "/about", "/contact": "/contact", "/other": "/{*}", "/shop/chair": "/shop/chair", "/shop/table": "/shop/{*}", "/other/deep": "/{*}/deep",
	} {
		if got := s.Routes.Template("", path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := s.Routes.Template("/srv", "/other"); got != "/other" {
		t.Errorf("under another root: %s", got)
	}
}

// letters writes a number without digits.
func letters(n int) (text string) {
	for ; n > 0; n /= 26 {
		text += string(rune('a' + n%26))
	}
	return text
}

func TestRoutesAreBounded(t *testing.T) {
	s := NewSite("a", start)
	keys := make(map[string]bool)
	for n := range 100_000 {
		path := fmt.Sprintf("/%s/%s/%s", letters(n%997), letters(n%4999), letters(n))
		keys[s.Routes.Learn("", path, uint64(n))] = true
	}
	if s.Routes.nodes.Size() > maxRouteNodes || len(keys) > maxChildren*maxChildren*maxChildren {
		t.Errorf("%d nodes, %d templates", s.Routes.nodes.Size(), len(keys))
	}
	for n := range 100_000 {
		s.Directories.Learn("", fmt.Sprintf("/%s.d/%s.d/x.png", letters(n), letters(n*7)), false)
	}
	if n := s.Directories.known.Size(); n > maxDirectories {
		t.Errorf("%d directories", n)
	}
}

func TestTemplateOfAPlainPathDoesNotAllocate(t *testing.T) {
	s := NewSite("a", start)
	s.Routes.Learn("", "/blog/about", 1)
	if n := testing.AllocsPerRun(100, func() { s.Routes.Template("", "/blog/about") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRoutesAreStored(t *testing.T) {
	s := NewSite("a", start)
	for n := range 100 {
		s.Routes.Learn("", "/shop/"+letters(n+1), 1)
		s.Directories.Learn("", "/img/x.png", false)
	}
	s.LearnRoute(Key{Path: "/shop/{*}"}, Visit{Time: start, Status: 200}, limits)
	o := newMemoryObjects()
	save(t, s, o, start)
	got, _, err := Open("a", o, start)
	if err != nil {
		t.Fatal(err)
	}
	if got.Routes.Template("", "/shop/anything") != "/shop/{*}" || !got.Directories.Of("", "/img/y.png").StaticOnly() || !got.Scripts.Lookup(Key{Path: "/shop/{*}"}).Route() || got.Routes.Count() != 1 || got.Scripts.Count(Provisional) != 0 {
		t.Error("routes are forgotten")
	}
}

func TestRoutesThatComeAfterLearningStayNew(t *testing.T) {
	s := NewSite("a", start)
	s.Phases.Enforce(Author{Via: "test"}, start)
	wide := limits
	wide.MaxScripts = 1000
	for n := range 2000 {
		s.LearnRoute(Key{Path: fmt.Sprintf("/%d/new", n)}, Visit{Time: start.Add(time.Hour), Status: 200, Network: uint64(n), RanBy: "/index.php"}, wide)
	}
	p := s.Scripts.Lookup(Key{Path: "/1/new"})
	if p == nil || !p.Novel() || !p.Route() || p.FrontController() != "/index.php" {
		t.Errorf("%+v", p)
	}
	if n := s.Routes.Count(); n > 1000/routeShare {
		t.Errorf("%d routes", n)
	}
	if s.Scripts.quota.late != 0 {
		t.Error("they take the room of new scripts")
	}
	stored, o := s, newMemoryObjects()
	save(t, stored, o, start)
	again, _, err := Open("a", o, start)
	if err != nil {
		t.Fatal(err)
	}
	if p := again.Scripts.Lookup(Key{Path: "/1/new"}); p == nil || !p.Novel() || p.FrontController() != "/index.php" || again.Scripts.quota.late != 0 {
		t.Errorf("stored: %+v", p)
	}
}

// FuzzTemplate holds templates to their bounds, to being templates of themselves,
// and to never folding a script away.
func FuzzTemplate(f *testing.F) {
	for _, path := range []string{"/", "/user/42/edit", "/a//b", "/x/9f86d081884c7d659a2feaa0c55ad015/", "/{n}/{*}", "no-slash", "", "/a.php/12"} {
		f.Add(path)
	}
	s := NewSite("a", start)
	n := namer(f)
	f.Fuzz(func(t *testing.T, path string) {
		full := n.Name(path)
		template := s.Routes.Learn("", full.Full, uint64(len(path)))
		if len(template) > maxTemplateLen {
			t.Errorf("%q: %d bytes", path, len(template))
		}
		if !strings.HasPrefix(template, "/") {
			t.Errorf("%q: template %q", path, template)
		}
		if s.Directories.Of("", full.Full).StaticOnly() {
			t.Error("a directory that served nothing")
		}
		if s.Routes.nodes.Size() > maxRouteNodes {
			t.Errorf("%d nodes", s.Routes.nodes.Size())
		}
	})
}
