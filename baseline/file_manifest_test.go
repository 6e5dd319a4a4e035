package baseline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
)

func TestFileManifest(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"index.php", "lib/a.PHP", "lib/readme.txt", "uploads/x.php", "wp-content/cache/y.php", ".git/z.php", "d.php/inner.jsp", "sites/é/a;b.php",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"linked.php": "lib/readme.txt", "dangling.php": "nowhere", "tree.php": "lib"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := ReadFileManifest(os.DirFS(dir), namer(t))
	if err != nil {
		t.Error(err)
	}
	if got, want := strings.Join(m.Scripts, " "), "/d.php/inner.jsp /index.php /lib/a.PHP /linked.php /sites/é/a;b.php"; got != want {
		t.Errorf("scripts %s\nwant    %s", got, want)
	}
	if got, want := strings.Join(m.Listed, " "), "/.git/z.php /uploads/x.php /wp-content/cache/y.php"; got != want {
		t.Errorf("listed %s\nwant   %s", got, want)
	}
	if _, err := ReadFileManifest(os.DirFS(filepath.Join(dir, "nowhere")), namer(t)); err == nil {
		t.Error("a root that is not there is no error")
	}
}

func TestAdoptTrustsWhereProgramsBelong(t *testing.T) {
	m, err := ReadFileManifest(fstest.MapFS{"new.php": {}, "uploads/x.php": {}, "known.php": {}}, namer(t))
	if err != nil {
		t.Fatal(err)
	}
	s := NewSite("a", start)
	s.Learn(Key{Root: "/srv", Path: "/known.php"}, Visit{Time: start, Status: 200, Network: 1}, limits)
	for n := range 5 {
		s.Learn(Key{Root: "/srv", Path: "/busy.php"}, Visit{Time: start, Status: 200, Network: network(s, n)}, limits)
	}
	s.Phases.Enforce(Author{Via: "test"}, start)
	if a, err := s.Decisions.Adopt(m.Keys("/srv"), Author{Via: "release 7"}, start.Add(time.Hour), limits); err != nil || a.Trusted != 2 || a.Listed != 1 {
		t.Errorf("%+v %v", a, err)
	}
	for path, want := range map[string]Trust{"/new.php": Trusted, "/known.php": Trusted, "/uploads/x.php": Provisional} {
		if p := s.Scripts.Lookup(Key{Root: "/srv", Path: path}); p == nil || p.Trust() != want || p.Novel() != (want == Provisional) {
			t.Errorf("%s: %+v", path, p)
		}
	}
	if d := s.Decisions.List(); d[len(d)-1].By.Via != "release 7" || !strings.Contains(d[len(d)-1].Decided, "2 scripts trusted, 1 listed") {
		t.Errorf("%+v", d[len(d)-1])
	}
	small := Limits{LearnMin: time.Hour, MaxScripts: 1}
	full := NewSite("b", start)
	if _, err := full.Decisions.Adopt(m.Keys(""), Author{Via: "test"}, start, small); !errors.Is(err, errNoRoom) || full.Scripts.size() != 0 || len(full.Decisions.List()) != 0 {
		t.Errorf("without room for all: %v, %d scripts, %v", err, full.Scripts.size(), full.Decisions.List())
	}
}

func namer(t testing.TB) *scriptpath.Namer {
	t.Helper()
	n, err := scriptpath.NewNamer(scriptpath.DefaultSuffixes())
	if err != nil {
		t.Fatal(err)
	}
	return n
}
