package baseline

import (
	"fmt"
	"slices"
	"testing"
)

func TestPathMappingsNameARequestBeforeItRuns(t *testing.T) {
	s := NewSite("a", start)
	s.Mappings.Learn("", "/app/x.php", Key{Root: "/srv/app", Path: "/x.php"})
	s.Mappings.Learn("", "/app/sub/y.php", Key{Root: "/srv/sub", Path: "/y.php"})
	for requested, want := range map[string]Key{
		"/app/z.php":     {Root: "/srv/app", Path: "/z.php"},
		"/app/sub/z.php": {Root: "/srv/sub", Path: "/z.php"},
	} {
		if got := slices.Collect(s.Mappings.Candidates("", requested)); len(got) == 0 || got[0] != want {
			t.Errorf("Candidates(%q) = %v, want %v", requested, got, want)
		}
	}
	for _, requested := range []string{"/apple.php", "/x.php", "/"} {
		if got := slices.Collect(s.Mappings.Candidates("", requested)); len(got) != 0 {
			t.Errorf("Candidates(%q) = %v", requested, got)
		}
	}
}

func TestPathMappingsAreNotLearnedFromFallThrough(t *testing.T) {
	s := NewSite("a", start)
	s.Mappings.Learn("", "/app/x.php", Key{Root: "/srv", Path: "/x.php"})
	s.Mappings.Learn("", "/app/random/index.php", Key{Root: "/srv", Path: "/index.php"}) // missing, fell through
	s.Mappings.Learn("", "/missing.php", Key{Root: "/srv", Path: "/index.php"})
	s.Mappings.Learn("", "/z/x.php", Key{Path: "/x.php"})
	if got := *s.Mappings.list.Load(); len(got) != 1 {
		t.Errorf("mappings %v", got)
	}
}

func TestPathMappingsOfAShorterPrefixReplaceLongerOnes(t *testing.T) {
	s := NewSite("a", start)
	s.Mappings.Learn("", "/app/random/index.php", Key{Root: "/srv", Path: "/index.php"})
	s.Mappings.Learn("", "/app/x.php", Key{Root: "/srv", Path: "/x.php"})
	if got := *s.Mappings.list.Load(); len(got) != 1 || got[0].prefix != "/app" {
		t.Errorf("mappings %v", got)
	}
}

func TestPathMappingsAreBounded(t *testing.T) {
	s := NewSite("a", start)
	for n := range 1000 {
		s.Mappings.Learn("", fmt.Sprintf("/%d/x.php", n), Key{Root: "/srv", Path: "/x.php"})
	}
	if got := len(*s.Mappings.list.Load()); got != maxMappingsPerRoot {
		t.Errorf("%d mappings of one root", got)
	}
	for n := range 1000 {
		s.Mappings.Learn("", "/x.php", Key{Root: fmt.Sprintf("/srv/%d", n), Path: "/x.php"})
	}
	if got := len(*s.Mappings.list.Load()); got != maxMappings {
		t.Errorf("%d mappings", got)
	}
}

func TestPathMappingsThatFellThroughDoNotKeepTheRealOneOut(t *testing.T) {
	s := NewSite("a", start)
	for n := range 100 {
		s.Mappings.Learn("", fmt.Sprintf("/app/%d/index.php", n), Key{Root: "/srv", Path: "/index.php"})
	}
	s.Mappings.Learn("", "/app/x.php", Key{Root: "/srv", Path: "/x.php"})
	if got := slices.Collect(s.Mappings.Candidates("", "/app/y.php")); len(got) != 1 || got[0] != (Key{Root: "/srv", Path: "/y.php"}) {
		t.Errorf("%v", got)
	}
}

func TestPathMappingsUnderASitesRoot(t *testing.T) {
	s := NewSite("a", start)
	s.Mappings.Learn("/srv", "/app/x.php", Key{Root: "/srv/other", Path: "/x.php"})
	s.Mappings.Learn("/srv", "/b/x.php", Key{Root: "/srv/b", Path: "/b/x.php"}) // another root, nothing stripped
	if got := slices.Collect(s.Mappings.Candidates("/srv", "/app/y.php")); len(got) != 2 || got[0] != (Key{Root: "/srv/other", Path: "/y.php"}) {
		t.Errorf("%v", got)
	}
	if got := slices.Collect(s.Mappings.Candidates("", "/app/y.php")); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
