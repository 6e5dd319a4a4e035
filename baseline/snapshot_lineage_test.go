package baseline

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// shared is storage in memory that processes can lock against each other.
type shared struct {
	memoryObjects
	locked   bool
	unlocked int
	noLock   error        // why it cannot be locked
	onLock   func()       // what another process does just before
	stores   func() error // what becomes of a manifest that was stored
	deletes  error        // why nothing can be deleted
	loads    func(string) // what another process does just before
}

func newShared() *shared { return &shared{memoryObjects: newMemoryObjects()} }

func (o *shared) Lock() error {
	if do := o.onLock; do != nil {
		o.onLock = nil
		do()
	}
	if o.noLock != nil {
		return o.noLock
	}
	if o.locked {
		return errors.New("locked twice")
	}
	o.locked = true
	return nil
}

func (o *shared) Unlock() error {
	o.locked = false
	o.unlocked++
	return nil
}

func (o *shared) Load(name string) ([]byte, error) {
	if o.loads != nil {
		o.loads(name)
	}
	return o.memoryObjects.Load(name)
}

func (o *shared) Store(name string, b []byte) error {
	if name == manifestName && !o.locked {
		return errors.New("not locked")
	}
	if err := o.memoryObjects.Store(name, b); err != nil || name != manifestName || o.stores == nil {
		return err
	}
	return o.stores()
}

func (o *shared) Delete(name string) error {
	if o.deletes != nil {
		return o.deletes
	}
	return o.memoryObjects.Delete(name)
}

// process is the site as a process has it that starts now.
func (o *shared) process(t *testing.T) *Site {
	t.Helper()
	s, _, err := Open("a", o, start)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func deny(s *Site, path string) {
	s.Decisions.SetTrust([]Key{{Path: path}}, Denied, Author{}, start, limits)
}

func denies(s *Site, path string) bool {
	p := s.Scripts.Lookup(Key{Path: path})
	return p != nil && p.Trust() == Denied
}

// refused fails the test unless a save of the site is refused for a foreign generation
// and changes nothing.
func refused(t *testing.T, s *Site, o *shared, at time.Time) {
	t.Helper()
	before, holds := maps.Clone(o.m), mustIdentify(t, o, manifestName).Generation
	err := s.Save(o, at)
	if foreign, is := errors.AsType[*ForeignError](err); !is || foreign.Generation != holds || !strings.Contains(err.Error(), holds) {
		t.Errorf("error %v, the storage holds %s", err, holds)
	}
	if !maps.EqualFunc(before, o.m, bytes.Equal) {
		t.Errorf("it changed what is stored: %v", o.names())
	}
	if !s.Dirty() || o.locked {
		t.Errorf("dirty %v, locked %v", s.Dirty(), o.locked)
	}
}

func mustIdentify(t *testing.T, o *shared, name string) generationID {
	t.Helper()
	id, ok := identify(o.m[name])
	if !ok {
		t.Fatalf("%s: no generation", name)
	}
	return id
}

// Each process stored its own baseline over the other's, and what had been decided
// there was gone after a restart.
func TestSaveRefusesToReplaceWhatAnotherProcessStored(t *testing.T) {
	o := newShared()
	save(t, learned(t), o, start)
	one, two := o.process(t), o.process(t)
	deny(one, "/one.php")
	save(t, one, o, start.Add(time.Minute))
	deny(two, "/two.php")
	for n := range 3 {
		refused(t, two, o, start.Add(time.Duration(2+n)*time.Minute))
	}
	if !denies(two, "/two.php") {
		t.Error("the decision is no longer in effect")
	}
	deny(one, "/one-more.php")
	save(t, one, o, start.Add(6*time.Minute))

	t.Run("a process that starts takes over", func(t *testing.T) {
		again := o.process(t)
		if !denies(again, "/one.php") || !denies(again, "/one-more.php") || denies(again, "/two.php") {
			t.Error("it does not hold what was stored")
		}
		save(t, again, o, start.Add(7*time.Minute))
		save(t, again, o, start.Add(8*time.Minute))
		refused(t, one, o, start.Add(9*time.Minute))
	})
	t.Run("it stores again when the other's is gone", func(t *testing.T) {
		delete(o.m, manifestName)
		save(t, two, o, start.Add(10*time.Minute))
		if !denies(o.process(t), "/two.php") {
			t.Error("the decision was lost")
		}
	})
}

func TestSaveRefusesToReplaceTheFirstGenerationOfAnother(t *testing.T) {
	o := newShared()
	one, two := o.process(t), o.process(t)
	deny(one, "/one.php")
	save(t, one, o, start)
	deny(two, "/two.php")
	refused(t, two, o, start) // in the same nanosecond, too
}

func TestSaveRefusesToReplaceAnotherFormat(t *testing.T) {
	o := newShared()
	s := learned(t)
	save(t, s, o, start)
	later := strings.Replace(string(o.m[manifestName]), `{"format":2`, `{"format":3`, 1)
	later = strings.ReplaceAll(later, s.lineage.writer, strings.ToLower(s.lineage.writer))
	body := later[strings.Index(later, `"manifest":`)+len(`"manifest":`) : len(later)-1]
	o.m[manifestName] = []byte(strings.Replace(later, checksumOf(t, later), checksum([]byte(body)), 1))
	refused(t, s, o, start.Add(time.Minute))
}

// checksumOf is the checksum in a manifest.
func checksumOf(t *testing.T, object string) string {
	t.Helper()
	_, rest, ok := strings.Cut(object, `"sha256":"`)
	if !ok {
		t.Fatal(object)
	}
	return rest[:64]
}

// Storage that did not answer in time may have stored all the same: that must not lock
// the site out of its own generations.
func TestSaveReplacesWhatItStoredItselfThoughStorageFailed(t *testing.T) {
	o := newShared()
	s := o.process(t)
	o.stores = func() error { return errStorage }
	at := start
	for range 3 {
		at = at.Add(time.Minute)
		if err := s.Save(o, at); !errors.Is(err, errStorage) {
			t.Fatalf("error %v", err)
		}
	}
	arrived := maps.Clone(o.m)
	o.stores = nil
	save(t, s, o, at.Add(time.Minute))
	o.m = arrived // only now: it was on its way
	save(t, s, o, at.Add(2*time.Minute))
	o.process(t)
	if o.locked || o.unlocked != 5 {
		t.Errorf("locked %v, unlocked %d times", o.locked, o.unlocked)
	}
}

func TestSaveAfterTheSnapshotWasCorrupt(t *testing.T) {
	for name, damage := range corruptions {
		for _, deletes := range []error{nil, errStorage} {
			t.Run(name, func(t *testing.T) {
				o := newShared()
				s := learned(t)
				save(t, s, o, start)
				save(t, s, o, start.Add(time.Minute))
				damage(o.memoryObjects)
				o.deletes = deletes
				got, stored, err := Open("a", o, start)
				if !stored || !errors.Is(err, ErrCorrupt) {
					t.Fatalf("stored %v, %v", stored, err)
				}
				o.deletes = nil
				deny(got, "/x.php")
				save(t, got, o, start.Add(2*time.Minute))
				if !denies(o.process(t), "/x.php") {
					t.Error("the decision was lost")
				}
				deny(s, "/y.php")
				refused(t, s, o, start.Add(3*time.Minute))
			})
		}
	}
}

func TestSaveThatCannotLockChangesNothing(t *testing.T) {
	o := newShared()
	s := learned(t)
	save(t, s, o, start)
	before := maps.Clone(o.m)
	o.noLock = errStorage
	deny(s, "/x.php")
	if err := s.Save(o, start.Add(time.Minute)); !errors.Is(err, errStorage) || !s.Dirty() {
		t.Errorf("error %v, dirty %v", err, s.Dirty())
	}
	if !maps.EqualFunc(before, o.m, bytes.Equal) {
		t.Errorf("it changed what is stored: %v", o.names())
	}
	o.noLock = nil
	save(t, s, o, start.Add(2*time.Minute))
}

func TestSaveNoticesAnotherProcessAtTheLastMoment(t *testing.T) {
	o := newShared()
	save(t, learned(t), o, start)
	one, two := o.process(t), o.process(t)
	deny(one, "/one.php")
	var before map[string][]byte
	o.onLock = func() {
		save(t, one, o, start.Add(time.Second))
		before = maps.Clone(o.m)
	}
	deny(two, "/two.php")
	at := start.Add(2 * time.Second)
	if _, is := errors.AsType[*ForeignError](two.Save(o, at)); !is {
		t.Error("not refused")
	}
	maps.DeleteFunc(before, func(name string, _ []byte) bool { return strings.HasPrefix(name, at.Format(generationLayout)) })
	if !maps.EqualFunc(before, o.m, bytes.Equal) || !denies(o.process(t), "/one.php") {
		t.Errorf("it changed what the other stored, or left parts: %v", o.names())
	}
}

func TestImportReplacesWhatAnotherProcessStored(t *testing.T) {
	o := newShared()
	save(t, learned(t), o, start)
	one, two := o.process(t), o.process(t)
	deny(one, "/one.php")
	save(t, one, o, start.Add(time.Minute))
	theirs := mustIdentify(t, o, manifestName)
	deny(two, "/two.php")
	refused(t, two, o, start.Add(2*time.Minute))
	var archive bytes.Buffer
	if err := two.Export(&archive, start); err != nil {
		t.Fatal(err)
	}
	imported, err := Import("a", &archive, Author{}, start)
	if err != nil {
		t.Fatal(err)
	}
	save(t, imported, o, start.Add(3*time.Minute))
	if kept := mustIdentify(t, o, previousName); kept != theirs {
		t.Errorf("the previous generation is %v, not what was replaced", kept)
	}
	if !denies(o.process(t), "/two.php") {
		t.Error("it was not stored")
	}
	refused(t, one, o, start.Add(4*time.Minute))
	again := o.process(t)
	save(t, again, o, start.Add(5*time.Minute))
	refused(t, imported, o, start.Add(6*time.Minute)) // it replaces once
}

// A part that another process deleted while it was being loaded made the manifest that
// had taken the place of the one that named it look corrupt.
func TestOpenSetsNothingAsideThatWasStoredMeanwhile(t *testing.T) {
	o := newShared()
	one := learned(t)
	save(t, one, o, start)
	save(t, one, o, start.Add(time.Minute))
	part := currentPart(o.memoryObjects)
	o.loads = func(name string) {
		if name != part {
			return
		}
		o.loads = nil
		deny(one, "/x.php")
		save(t, one, o, start.Add(2*time.Minute))
		save(t, one, o, start.Add(3*time.Minute))
	}
	two, stored, err := Open("a", o, start)
	if !stored || !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "stored anew") {
		t.Errorf("stored %v, %v", stored, err)
	}
	if slices.ContainsFunc(o.names(), func(name string) bool { return strings.HasPrefix(name, "corrupt.") }) {
		t.Errorf("set aside: %v", o.names())
	}
	deny(two, "/two.php")
	refused(t, two, o, start.Add(4*time.Minute))
	save(t, one, o, start.Add(5*time.Minute))
}
