package detector

import (
	"slices"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

func TestMissingUnder(t *testing.T) {
	w := newWatch(t)
	directory := func(root string) { w.files[baseline.Key{Root: root, Path: "/"}] = File{State: FileOther} }
	directory("/srv")
	directory("/other")
	w.files[baseline.Key{Root: "/secret", Path: "/"}] = File{State: FileUnknown}
	w.files[baseline.Key{Root: "/other", Path: "/b.php"}] = File{State: FileThere}
	w.files[baseline.Key{Root: "/srv", Path: "/Form.PHP"}] = File{State: FileThere}
	w.files[baseline.Key{Root: "/srv", Path: "/locked.php"}] = File{State: FileUnknown}
	w.files[baseline.Key{Root: "/srv", Path: "/dir.php"}] = File{State: FileOther}
	for _, tt := range []struct {
		name      string
		roots     []string
		spellings []string
		want      []string
	}{
		{"no root is known", nil, []string{"/a.php"}, nil},
		{"nothing is there", []string{"/srv"}, []string{"/a.php"}, []string{"/srv"}},
		{"a directory is no file", []string{"/srv"}, []string{"/dir.php"}, []string{"/srv"}},
		{"nothing under either root", []string{"/srv", "/other"}, []string{"/a.php"}, []string{"/srv", "/other"}},
		{"the file is under the other root", []string{"/srv", "/other"}, []string{"/b.php"}, nil},
		{"the file has capitals", []string{"/srv"}, []string{"/Form.php", "/Form.PHP"}, nil},
		{"the file cannot be looked at", []string{"/srv"}, []string{"/locked.php"}, nil},
		{"the root cannot be read", []string{"/srv", "/secret"}, []string{"/a.php"}, nil},
		{"one root does not exist any more", []string{"/gone", "/srv"}, []string{"/a.php"}, []string{"/srv"}},
		{"the only root does not exist", []string{"/gone"}, []string{"/a.php"}, nil},
	} {
		if got := w.m.MissingUnder(tt.roots, w, tt.spellings...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	for range 30 {
		w.m.Rates.MissingFiles.Count(true)
	}
	if got := w.m.MissingUnder([]string{"/srv"}, w, "/a.php"); got != nil {
		t.Errorf("scripts answer without a file: got %q", got)
	}
}
