package baseline

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var updateGolden = flag.Bool("golden", false, "write the golden snapshot of the current format anew")

// directoryObjects is storage in a directory.
type directoryObjects string

func (d directoryObjects) Load(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(d), name))
}

func (d directoryObjects) Store(name string, b []byte) error {
	return os.WriteFile(filepath.Join(string(d), name), b, 0o600)
}

func (d directoryObjects) Delete(name string) error { return os.Remove(filepath.Join(string(d), name)) }

// TestGoldenSnapshotsAreRead holds every version to reading what the versions
// before it wrote. When the format gets something new, keep the old directory
// and add one: go test -run Golden ./baseline -golden
func TestGoldenSnapshotsAreRead(t *testing.T) {
	const current = "testdata/snapshot-1"
	if *updateGolden {
		if err := os.RemoveAll(current); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(current, 0o755); err != nil {
			t.Fatal(err)
		}
		s := learned(t)
		for n := range 60 {
			s.Routes.Learn("", "/shop/"+letters(n+1), 1)
			s.Directories.Learn("", "/img/x.png", false)
		}
		s.Learn(Key{Path: "/a.php"}, typicalVisit(1), limits)
		save(t, s, directoryObjects(current), start)
	}
	golden, err := filepath.Glob("testdata/snapshot-*")
	if err != nil || len(golden) == 0 {
		t.Fatal("no golden snapshots", err)
	}
	for _, dir := range golden {
		s, stored, err := Open("a", directoryObjects(dir), start)
		if err != nil || !stored {
			t.Fatalf("%s: %v", dir, err)
		}
		a := s.Scripts.Lookup(Key{Path: "/a.php"})
		if a == nil || a.Trust() != Trusted || a.Networks() < 30 || a.Visits(MethodGet) != 41 || !a.KnowsMethod(MethodGet) || a.Params() != 2 || a.CookieNames() != 2 {
			t.Errorf("%s: /a.php %+v", dir, a)
		}
		if p := s.Scripts.Lookup(Key{Root: "/srv", Path: "/rooted.php"}); p == nil || p.Visits(MethodPost) != 1 {
			t.Errorf("%s: the rooted script is gone", dir)
		}
		if p := s.Scripts.Lookup(Key{Path: "/late.php"}); p == nil || !p.Novel() {
			t.Errorf("%s: the late script is not novel", dir)
		}
		if s.Scripts.Count(Denied) != 1 || s.Phases.Advance(start.Add(time.Hour), limits) != Enforcing || len(s.Decisions.List()) < 2 {
			t.Errorf("%s: %d denied, %d decisions", dir, s.Scripts.Count(Denied), len(s.Decisions.List()))
		}
		if s.Routes.Template("", "/shop/any") != "/shop/{*}" || !s.Directories.Of("", "/img/y.png").StaticOnly() || !s.Mappings.Any() {
			t.Errorf("%s: routes, places or mounts are gone", dir)
		}
	}
}
