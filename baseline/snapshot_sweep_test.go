package baseline

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// listed is storage in memory that can be listed, as Caddy's can, and may have no
// room for manifests.
type listed struct {
	memoryObjects
	full bool
}

func (o *listed) Store(name string, b []byte) error {
	if o.full && name == manifestName {
		return errStorage
	}
	return o.memoryObjects.Store(name, b)
}

func (o *listed) List() ([]string, error) { return o.names(), nil }

func (o *listed) parts() (parts []string) {
	for _, name := range o.names() {
		if strings.HasSuffix(name, ".cbor") {
			parts = append(parts, name)
		}
	}
	return parts
}

// Nothing ever deleted what a process left that was killed while it saved, nor the
// parts of a Save whose manifest could not be stored: a full disk filled up further
// with each try.
func TestPartsThatNoManifestNamesAreDeletedInTheEnd(t *testing.T) {
	s, o := learned(t), &listed{memoryObjects: newMemoryObjects()}
	const killed = "20260228T000000.000000000Z.0000.cbor"
	o.m[killed] = []byte("left by a process that was killed")
	o.m["unknown.cbor"] = nil
	save(t, s, o, start)
	if o.m[killed] != nil {
		t.Error("what a killed process left stays")
	}
	o.full = true
	at := start
	for range 5 {
		at = at.Add(time.Minute)
		if s.Save(o, at) == nil {
			t.Fatal("saved")
		}
	}
	if n := len(o.parts()); n != 7 {
		t.Errorf("%d parts: those of a manifest that may yet appear must stay", n)
	}
	o.full = false
	save(t, s, o, at.Add(2*time.Hour))
	save(t, s, o, at.Add(3*time.Hour))
	want := []string{"20260301T140500.000000000Z.0000.cbor", "20260301T150500.000000000Z.0000.cbor", "unknown.cbor"}
	if got := o.parts(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestPartsOfWhatWasSetAsideStay(t *testing.T) {
	s, o := learned(t), &listed{memoryObjects: newMemoryObjects()}
	save(t, s, o, start)
	kept := currentPart(o.memoryObjects)
	o.m[manifestName] = []byte("garbage")
	if _, _, err := Open("a", o, start); err == nil {
		t.Fatal("garbage was read")
	}
	again := learned(t)
	for n := range 3 {
		save(t, again, o, start.Add(time.Duration(2+n)*time.Hour))
	}
	if o.m[kept] == nil {
		t.Error("a part of the manifest that was set aside is gone")
	}
}

// Storage that gave garbage for a moment had it take the place of the previous
// generation: had the next manifest been torn, both would have been lost.
func TestGarbageDoesNotTakeThePlaceOfThePreviousGeneration(t *testing.T) {
	s, o := learned(t), newMemoryObjects()
	save(t, s, o, start)
	save(t, s, o, start.Add(time.Minute))
	o.m[manifestName] = []byte("garbage")
	save(t, s, o, start.Add(2*time.Minute))
	for _, name := range []string{manifestName, previousName} {
		if got, err := load("a", o, name); err != nil || got.Scripts.Count(Trusted) != s.Scripts.Count(Trusted) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Objects are cut off at every byte, as a disk that was full or
// a machine that lost power does.
func TestSnapshotCutOffAtAnyByte(t *testing.T) {
	s := NewSite("a", start)
	for n := range 40 {
		visit(s, "/a.php", n, start)
	}
	s.Decisions.SetTrust([]Key{{Path: "/denied.php"}}, Denied, Author{Via: "test"}, start, limits)
	s.Phases.Enforce(Author{Via: "test"}, start)
	o := newMemoryObjects()
	save(t, s, o, start)
	save(t, s, o, start.Add(time.Minute))
	for _, name := range []string{manifestName, previousName, currentPart(o)} {
		whole := o.m[name]
		for cut := range whole {
			torn := newMemoryObjects()
			for other, b := range o.m {
				torn.m[other] = b
			}
			torn.m[name] = whole[:cut]
			got, stored, err := Open("a", torn, start)
			if !stored || got.Scripts.Count(Trusted) != 1 || got.Scripts.Count(Denied) != 1 || got.Phases.Advance(start, limits) != Enforcing {
				t.Fatalf("%s cut off at %d: stored %v, %d trusted, %v", name, cut, stored, got.Scripts.Count(Trusted), err)
			}
			if told := err != nil; told != (name != previousName) {
				t.Fatalf("%s cut off at %d: error %v", name, cut, err)
			}
			delete(torn.m, manifestName)
			delete(torn.m, previousName)
			torn.m[manifestName] = o.m[manifestName]
			torn.m[name] = whole[:cut] // alone, with nothing to fall back on
			if name == previousName {
				continue
			}
			if got, stored, err := Open("a", torn, start); stored || err == nil || got.Scripts.Count(Trusted) != 0 {
				t.Fatalf("%s cut off at %d was taken for whole: %v", name, cut, err)
			}
		}
	}
}
