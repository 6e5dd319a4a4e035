package baseline

import (
	"archive/zip"
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// outdated is a snapshot of the format that is not read any more.
const outdated = "testdata/snapshot-1"

// TestGoldenSnapshotsAreRead holds every version to reading what the versions
// before it wrote, from format 2 on. When the format gets something new, keep the
// old directory and add one: go test -run Golden ./baseline -golden
func TestGoldenSnapshotsAreRead(t *testing.T) {
	const current = "testdata/snapshot-2.2" // with references
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
		s.Scripts.Lookup(Key{Path: "/a.php"}).learnsUntil.Store(fromNextVisit)
		for n := range 2 {
			s.Learn(Key{Path: "/a.php"}, typicalVisit(n), limits)
		}
		s.Evidence.Add(flagged("/late.php", 1, start))
		s.Activity.CountRequest(start)
		save(t, s, directoryObjects(current), start)
	}
	golden, err := filepath.Glob("testdata/snapshot-*")
	golden = slices.DeleteFunc(golden, func(dir string) bool { return dir == outdated })
	if err != nil || len(golden) == 0 {
		t.Fatal("no golden snapshots", err)
	}
	for _, dir := range golden {
		s, stored, err := Open("a", directoryObjects(dir), start)
		if err != nil || !stored {
			t.Fatalf("%s: %v", dir, err)
		}
		a := s.Scripts.Lookup(Key{Path: "/a.php"})
		if a == nil || a.Trust() != Trusted || a.Networks() < 30 || a.Visits(MethodGet) != map[bool]uint64{false: 41, true: 42}[dir == current] || !a.KnowsMethod(MethodGet) {
			t.Errorf("%s: /a.php %+v", dir, a)
		}
		// A reference that was stored in another way is learned anew, from the next visit on.
		if dir != current {
			s.Learn(a.Key(), typicalVisit(1), limits)
			s.Learn(a.Key(), typicalVisit(2), limits)
		}
		if a.Params() != 2 || a.CookieNames() != 2 {
			t.Errorf("%s: %d parameters, %d cookies", dir, a.Params(), a.CookieNames())
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
			t.Errorf("%s: routes, directories or path mappings are gone", dir)
		}
		late, flagged := s.Evidence.Of(Key{Path: "/late.php"})
		if requests := s.Evidence.Requests(); flagged != (dir != "testdata/snapshot-2") || flagged != late.Standing || flagged != (len(requests) == 1) ||
			flagged != (s.Activity.Last(1, start).Requests == 1) {
			t.Errorf("%s: evidence %+v, requests %+v", dir, late, requests)
		}
	}
}

// TestOutdatedSnapshots: who comes from the first format reads what to do, and loses
// nothing that is stored.
func TestOutdatedSnapshots(t *testing.T) {
	objects := newMemoryObjects()
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for _, name := range []string{manifestName, "20260301T120000.000000000Z.0000.cbor"} {
		object, err := directoryObjects(outdated).Load(name)
		if err != nil || (zipped{w: z}).Store(name, object) != nil {
			t.Fatal(err)
		}
		objects.m[name] = object
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	advises := func(err error) bool {
		return errors.Is(err, ErrCorrupt) && !strings.Contains(err.Error(), "corrupt snapshot") &&
			strings.Contains(err.Error(), "snapshot format 1 is of an earlier version, this one reads 2: let the site learn anew, or import what `train` makes")
	}
	t.Run("an archive is refused", func(t *testing.T) {
		if _, err := Import("a", &archive, Author{Via: "test"}, start); !advises(err) {
			t.Error(err)
		}
	})
	t.Run("a stored one is set aside", func(t *testing.T) {
		before := objects.m[manifestName]
		s, stored, err := Open("a", objects, start)
		if !advises(err) || stored || s.Phases.Advance(start, limits) != Learning {
			t.Errorf("stored %v, %v", stored, err)
		}
		if aside := objects.m["corrupt.20260301T120000.000000000Z."+manifestName]; !bytes.Equal(aside, before) || len(objects.m) != 2 {
			t.Errorf("kept: %v", objects.names())
		}
	})
}
