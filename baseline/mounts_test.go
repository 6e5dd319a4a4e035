package baseline

import (
	"fmt"
	"testing"
)

func TestMountsNameARequestBeforeItRuns(t *testing.T) {
	s := NewSite("a", start)
	s.LearnMount("/app/x.php", Key{Root: "/srv/app", Path: "/x.php"})
	s.LearnMount("/app/sub/y.php", Key{Root: "/srv/sub", Path: "/y.php"})
	for requested, want := range map[string]Key{
		"/app/z.php":     {Root: "/srv/app", Path: "/z.php"},
		"/app/sub/z.php": {Root: "/srv/sub", Path: "/z.php"},
	} {
		if got, ok := s.Mounted(requested); !ok || got != want {
			t.Errorf("Mounted(%q) = %v %v, want %v", requested, got, ok, want)
		}
	}
	for _, requested := range []string{"/apple.php", "/x.php", "/"} {
		if got, ok := s.Mounted(requested); ok {
			t.Errorf("Mounted(%q) = %v", requested, got)
		}
	}
}

func TestMountsAreNotLearnedFromFallThrough(t *testing.T) {
	s := NewSite("a", start)
	s.LearnMount("/app/x.php", Key{Root: "/srv", Path: "/x.php"})
	s.LearnMount("/app/random/index.php", Key{Root: "/srv", Path: "/index.php"}) // missing, fell through
	s.LearnMount("/missing.php", Key{Root: "/srv", Path: "/index.php"})
	s.LearnMount("/x.php", Key{Root: "/srv", Path: "/x.php"})
	s.LearnMount("/z/x.php", Key{Path: "/x.php"})
	if got := *s.mounts.list.Load(); len(got) != 1 {
		t.Errorf("mounts %v", got)
	}
}

func TestMountsOfAShorterPrefixReplaceLongerOnes(t *testing.T) {
	s := NewSite("a", start)
	s.LearnMount("/app/random/index.php", Key{Root: "/srv", Path: "/index.php"})
	s.LearnMount("/app/x.php", Key{Root: "/srv", Path: "/x.php"})
	if got := *s.mounts.list.Load(); len(got) != 1 || got[0].prefix != "/app" {
		t.Errorf("mounts %v", got)
	}
}

func TestMountsAreBounded(t *testing.T) {
	s := NewSite("a", start)
	for n := range 1000 {
		s.LearnMount(fmt.Sprintf("/%d/x.php", n), Key{Root: "/srv", Path: "/x.php"})
	}
	if got := len(*s.mounts.list.Load()); got != maxMounts {
		t.Errorf("%d mounts", got)
	}
}
