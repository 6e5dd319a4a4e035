package baseline

import (
	"fmt"
	"testing"
)

func TestDirectoriesKnowWhatTheyServe(t *testing.T) {
	s := NewSite("a", start)
	for n := range directoryVisits {
		s.Directories.Learn("", fmt.Sprintf("/uploads/2026/%d.png", n), false)
		s.Directories.Learn("", "/app/x", n%2 == 0)
	}
	for path, want := range map[string]bool{
		"/uploads/2026/new.png": true, "/uploads/2027/": true, "/uploads/2026/a/b/": false, "/uploads/2026/a/": true, "/app/y": false, "/app/sub/": false, "/elsewhere/x": false, "/uploads": false,
	} {
		if got := s.Directories.Of("", path).StaticOnly(); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	if s.Directories.Of("/srv", "/uploads/2026/new.png").StaticOnly() {
		t.Error("another root has other directories")
	}
}
