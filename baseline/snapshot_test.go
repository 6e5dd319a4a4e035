package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// memoryObjects is storage in memory. Names in fail are refused.
type memoryObjects struct {
	m    map[string][]byte
	fail map[string]bool
}

func newMemoryObjects() memoryObjects {
	return memoryObjects{m: map[string][]byte{}, fail: map[string]bool{}}
}

var errStorage = errors.New("storage is down")

func (o memoryObjects) Load(name string) ([]byte, error) {
	if o.fail[name] {
		return nil, errStorage
	}
	b, ok := o.m[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return b, nil
}

func (o memoryObjects) Store(name string, b []byte) error {
	if o.fail[name] {
		return errStorage
	}
	o.m[name] = b
	return nil
}

func (o memoryObjects) Delete(name string) error {
	delete(o.m, name)
	return nil
}

func (o memoryObjects) names() []string { return slices.Sorted(maps.Keys(o.m)) }

// learned returns a site that enforces, with a few scripts of each kind.
func learned(t testing.TB) *Site {
	t.Helper()
	s := NewSite("a", start)
	for n := range 40 {
		for _, path := range []string{"/a.php", "/b.php", "/c.php"} {
			visit(s, path, n, start)
		}
	}
	visit(s, "/few.php", 1, start)
	s.Learn(Key{Root: "/srv", Path: "/rooted.php"}, Visit{Time: start, Method: MethodPost, Status: 302, Network: 7}, limits)
	s.Mappings.Learn("", "/app/x.php", Key{Root: "/srv", Path: "/x.php"})
	s.NotFound.LearnFront(Page{Status: 200, Body: 12345, Wordy: true})
	s.NotFound.Learn(Page{Status: 404, Body: 1}, "/none.php")
	s.Decisions.Deploy(time.Hour, Author{Via: "test"}, start)
	s.Rates.FreshClients.Count(true)
	s.Decisions.SetTrust([]Key{{Path: "/denied.php"}}, Denied, Author{Via: "test"}, start, limits)
	if s.Phases.Advance(start.Add(time.Hour), Limits{LearnMin: time.Hour, MaxScripts: 1000}) != Enforcing {
		t.Fatal("still learning")
	}
	visit(s, "/late.php", 3, start.Add(2*time.Hour))
	return s
}

func save(t testing.TB, s *Site, o Objects, at time.Time) {
	t.Helper()
	if err := s.Save(o, at); err != nil {
		t.Fatal(err)
	}
}

// reopened is the site as it is after a restart.
func reopened(t testing.TB, s *Site, at time.Time) *Site {
	t.Helper()
	o := newMemoryObjects()
	save(t, s, o, at)
	again, _, err := Open("a", o, at)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// load reads the generation that the manifest of the given name describes.
func load(name string, o Objects, from string) (*Site, error) {
	object, err := o.Load(from)
	if err != nil {
		return nil, err
	}
	return restoreStored(name, o, object)
}

func TestSnapshotBringsEverythingBack(t *testing.T) {
	s, o := learned(t), newMemoryObjects()
	save(t, s, o, start)
	if s.Dirty() {
		t.Error("dirty after saving")
	}
	got, _, err := Open("a", o, start.Add(9*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for key, p := range s.Scripts.profiles.AllRelaxed() {
		q := got.Scripts.Lookup(key)
		if q == nil {
			t.Fatalf("%v is gone", key)
		}
		var was, is profileRecord
		p.record(&was)
		q.record(&is)
		if a, b := storedAs(t, &was), storedAs(t, &is); a != b {
			t.Errorf("%v\nwas %s\nis  %s", key, a, b)
		}
	}
	if a, b := manifestText(s), manifestText(got); a != b {
		t.Errorf("was %s\nis  %s", a, b)
	}
	for _, trust := range []Trust{Provisional, Trusted, Denied} {
		if s.Scripts.Count(trust) != got.Scripts.Count(trust) {
			t.Errorf("%v: %d scripts, then %d", trust, s.Scripts.Count(trust), got.Scripts.Count(trust))
		}
	}
	if keys := slices.Collect(got.Mappings.Candidates("", "/app/y.php")); len(keys) != 1 || keys[0].Root != "/srv" {
		t.Error("the path mapping is gone")
	}
	if network(s, 1) != network(got, 1) {
		t.Error("the secret changed: every known network would be new")
	}
}

// manifestText shows all that a manifest holds.
func manifestText(s *Site) string {
	text, err := json.Marshal(s.record(start))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func TestSnapshotKeepsOnePreviousGeneration(t *testing.T) {
	s, o := learned(t), newMemoryObjects()
	for n := range 5 {
		save(t, s, o, start.Add(time.Duration(n)*time.Minute))
	}
	want := []string{
		"20260301T120300.000000000Z.0000.cbor", "20260301T120400.000000000Z.0000.cbor", manifestName, previousName,
	}
	if got := o.names(); !slices.Equal(got, want) {
		t.Errorf("objects %v, want %v", got, want)
	}
}

func TestSnapshotIsCutIntoObjects(t *testing.T) {
	s := NewSite("a", start)
	many := Limits{LearnMin: time.Hour, MaxScripts: 200_000}
	for n := range 60_000 {
		s.Learn(Key{Path: fmt.Sprintf("/some/directory-%d/%s/%d.php", n%5, strings.Repeat("x", 40), n)}, Visit{Time: start, Network: uint64(n % 7)}, many)
	}
	o := newMemoryObjects()
	save(t, s, o, start)
	if len(o.m) < 3 {
		t.Errorf("%d objects", len(o.m))
	}
	for name, b := range o.m {
		if len(b) > maxObjectSize {
			t.Errorf("%s has %d bytes", name, len(b))
		}
	}
	if got, _, err := Open("a", o, start); err != nil || got.Scripts.Count(Provisional) != 60_000 {
		t.Errorf("%d scripts, %v", got.Scripts.Count(Provisional), err)
	}
}

func TestOpenWithoutSnapshotLearns(t *testing.T) {
	s, _, err := Open("a", newMemoryObjects(), start)
	if err != nil || s.Phases.Advance(start, limits) != Learning || !s.Phases.Started().Equal(start) {
		t.Errorf("%v %v %v", s.Phases.Advance(start, limits), s.Phases.Started(), err)
	}
}

// corruptions damage the current generation.
var corruptions = map[string]func(o memoryObjects){
	"garbage":        func(o memoryObjects) { o.m[manifestName] = []byte("\x00\xffgarbage") },
	"empty":          func(o memoryObjects) { o.m[manifestName] = nil },
	"truncated":      func(o memoryObjects) { o.m[manifestName] = o.m[manifestName][:len(o.m[manifestName])/2] },
	"another format": func(o memoryObjects) { o.m[manifestName] = []byte(`{"format":99}`) },
	"changed": func(o memoryObjects) {
		o.m[manifestName] = []byte(strings.Replace(string(o.m[manifestName]), `"samples":`, `"samples":9`, 1))
	},
	"part missing": func(o memoryObjects) { delete(o.m, currentPart(o)) },
	"part damaged": func(o memoryObjects) {
		o.m[currentPart(o)] = append([]byte{0xff}, o.m[currentPart(o)]...)
	},
}

func currentPart(o memoryObjects) string {
	m, err := loadManifest(o, manifestName)
	if err != nil {
		panic(err)
	}
	return m.Parts[0].Name
}

func TestOpenOfACorruptSnapshot(t *testing.T) {
	for name, damage := range corruptions {
		t.Run(name+", alone: empty and learning, the old one kept", func(t *testing.T) {
			o := newMemoryObjects()
			save(t, learned(t), o, start)
			damage(o)
			damaged := o.m[manifestName]
			s, _, err := Open("a", o, start)
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("error %v", err)
			}
			if s.Phases.Advance(start, limits) != Learning || s.Scripts.Count(Trusted) != 0 {
				t.Error("the site does not start anew")
			}
			aside := "corrupt.20260301T120000.000000000Z." + manifestName
			if string(o.m[aside]) != string(damaged) || o.m[aside] == nil && damaged != nil {
				t.Errorf("it was not kept aside: %v", o.names())
			}
			visit(s, "/a.php", 1, start)
			save(t, s, o, start.Add(time.Minute))
			if again, _, err := Open("a", o, start); err != nil || again.Scripts.Lookup(Key{Path: "/a.php"}) == nil {
				t.Errorf("saving afterwards: %v", err)
			}
		})
		t.Run(name+", with a previous generation: that one", func(t *testing.T) {
			o, s := newMemoryObjects(), learned(t)
			save(t, s, o, start)
			save(t, s, o, start.Add(time.Minute))
			damage(o)
			got, _, err := Open("a", o, start)
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("error %v", err)
			}
			if got.Scripts.Count(Trusted) != s.Scripts.Count(Trusted) || got.Phases.Advance(start, limits) != Enforcing {
				t.Error("the previous generation was not used")
			}
		})
	}
}

func TestOpenRefusesAnotherSitesSnapshot(t *testing.T) {
	o := newMemoryObjects()
	save(t, learned(t), o, start)
	if _, _, err := Open("b", o, start); !errors.Is(err, ErrCorrupt) {
		t.Errorf("error %v", err)
	}
}

func TestSaveThatFailsLeavesTheOldSnapshot(t *testing.T) {
	s, o := learned(t), newMemoryObjects()
	save(t, s, o, start)
	visit(s, "/new.php", 1, start)
	for _, broken := range []string{manifestName, previousName, "20260301T120100.000000000Z.0000.cbor"} {
		o.fail[broken] = true
		if err := s.Save(o, start.Add(time.Minute)); !errors.Is(err, errStorage) {
			t.Errorf("%s: error %v", broken, err)
		}
		if !s.Dirty() {
			t.Errorf("%s: what was not saved is forgotten", broken)
		}
		delete(o.fail, broken)
		if got, _, err := Open("a", o, start); err != nil || got.Scripts.Count(Trusted) != s.Scripts.Count(Trusted) {
			t.Errorf("%s: the old snapshot is damaged: %v", broken, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	o := newMemoryObjects()
	save(f, learned(f), o, start)
	f.Add(o.m[manifestName], o.m[currentPart(o)])
	f.Fuzz(func(t *testing.T, manifestObject, partObject []byte) {
		if s, _, _ := Open("a", memoryObjects{m: map[string][]byte{manifestName: manifestObject}}, start); s == nil {
			t.Fatal("no site")
		}
		// A part with a right checksum, to get at its decoder.
		s := NewSite("a", start)
		objects := memoryObjects{m: map[string][]byte{"p": partObject}}
		err := s.loadPart(objects, part{Name: "p", Size: len(partObject), SHA256: checksum(partObject)})
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		for _, p := range s.Scripts.profiles.AllRelaxed() {
			p.MethodCounts()
			p.Networks()
		}
	})
}

func TestOpenWhileStorageFailsDoesNotForget(t *testing.T) {
	o := newMemoryObjects()
	save(t, learned(t), o, start)
	for _, broken := range []string{manifestName, currentPart(o)} {
		before := maps.Clone(o.m)
		o.fail[broken] = true
		s, stored, err := Open("a", o, start)
		if !errors.Is(err, ErrUnread) || stored || s.Phases.Advance(start, limits) != Learning {
			t.Errorf("%s: stored %v, %v", broken, stored, err)
		}
		if !maps.EqualFunc(before, o.m, bytes.Equal) {
			t.Errorf("%s: what is stored has changed", broken)
		}
		delete(o.fail, broken)
	}
}

func TestSaveThatFailedOnceKeepsThePreviousGeneration(t *testing.T) {
	s, o := learned(t), newMemoryObjects()
	at := start
	next := func() error {
		at = at.Add(time.Minute)
		visit(s, "/a.php", 1, at)
		return s.Save(o, at)
	}
	for _, broken := range []string{"", "", manifestName, "", previousName, ""} {
		o.fail[broken] = broken != ""
		if err := next(); (err != nil) != (broken != "") {
			t.Fatalf("%q: %v", broken, err)
		}
		delete(o.fail, broken)
		for _, name := range []string{manifestName, previousName} {
			if _, err := load("a", o, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("after %q fails: %s: %v", broken, name, err)
			}
		}
	}
	o.fail[previousName] = true
	before := len(o.m)
	for range 10 {
		if next() == nil {
			t.Fatal("saved")
		}
	}
	if len(o.m) != before {
		t.Errorf("ten saves that failed leave %d objects", len(o.m)-before)
	}
}

// A client chooses the paths: one that is not UTF-8 must not cost the site its baseline.
func TestSnapshotKeepsPathsThatAreNotUTF8(t *testing.T) {
	s := learned(t)
	key := Key{Path: "/caf\xe9/x\xff.php"}
	visit(s, key.Path, 1, start)
	s.Evidence.Add(flagged(key.Path, 1, start))
	s.Containment.Refused(key, MethodGet, true, start)
	o := newMemoryObjects()
	save(t, s, o, start)
	restored, stored, err := Open("a", o, start)
	if err != nil || !stored {
		t.Fatal(err)
	}
	if restored.Scripts.Lookup(key) == nil || restored.Evidence.StandingScore(key) == 0 || restored.Evidence.Requests()[0].Script != key {
		t.Error("it is gone")
	}
}

// storedAs is a profile as it is stored, for people to read.
func storedAs(t *testing.T, rec *profileRecord) string {
	t.Helper()
	item, err := cbor.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	text, err := cbor.Diagnose(item)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
