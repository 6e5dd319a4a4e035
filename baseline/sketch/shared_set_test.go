package sketch

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// hashOf is a hash as a keyed hash function makes them.
func hashOf(n int) uint64 { return rand.New(rand.NewPCG(uint64(n), 7)).Uint64() }

func TestSharedSet(t *testing.T) {
	var s SharedSet
	if s.Look(hashOf(1), hashOf(100)) != Absent {
		t.Error("an empty set knows a hash")
	}
	s.Add(hashOf(1), hashOf(100))
	s.Add(hashOf(1), hashOf(100))
	if got := s.Look(hashOf(1), hashOf(100)); got != Own {
		t.Errorf("one source's, for itself: %v", got)
	}
	if got := s.Look(hashOf(1), hashOf(101)); got != Single {
		t.Errorf("one source's, for another: %v", got)
	}
	s.Add(hashOf(1), hashOf(101))
	s.Share(hashOf(2))
	for n := 1; n <= 2; n++ {
		if got := s.Look(hashOf(n), hashOf(102)); got != Shared {
			t.Errorf("%d, of several: %v", n, got)
		}
	}
	if all, several := s.Count(); all != 2 || several != 2 {
		t.Errorf("%d, %d", all, several)
	}
}

func TestOneSourceFillsNoSharedSet(t *testing.T) {
	var s SharedSet
	for n := range 40 {
		s.Add(hashOf(n), hashOf(100))
		s.Add(hashOf(n), hashOf(101))
	}
	for n := range 100_000 {
		s.Add(hashOf(1000+n), hashOf(102))
	}
	for n := range 40 {
		if s.Look(hashOf(n), 0) != Shared {
			t.Errorf("%d had to make room", n)
		}
	}
	if all, several := s.Count(); all > maxBuckets*bucketSlots || several != 40 {
		t.Errorf("%d, %d", all, several)
	}
	s.Add(hashOf(50), hashOf(100))
	if s.Add(hashOf(50), hashOf(101)); s.Look(hashOf(50), 0) != Shared {
		t.Error("no room is left for what several bring")
	}
}

func TestWhatOneSourceBroughtIsNoReasonToKnowNothing(t *testing.T) {
	var s SharedSet
	for n := range 100_000 {
		s.Add(hashOf(n), hashOf(100))
	}
	for n := range 1000 {
		if got := s.Look(hashOf(200_000+n), hashOf(101)); got == Unknown {
			t.Fatal(got)
		}
	}
}

func TestAFullSharedSetSaysSo(t *testing.T) {
	var s SharedSet
	for n := range 1000 {
		s.Share(hashOf(n))
	}
	unknown := 0
	for n := range 1000 {
		switch s.Look(hashOf(10_000+n), 0) {
		case Unknown:
			unknown++
		case Absent:
			t.Fatal("it says that it was not added")
		}
	}
	if unknown < 990 {
		t.Errorf("%d unknown", unknown)
	}
}

func TestSharedSetMerges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type visit struct{ hash, source int }
		visits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) visit {
			return visit{rapid.IntRange(0, 20).Draw(t, "hash"), rapid.IntRange(0, 4).Draw(t, "source")}
		}), 0, 60).Draw(t, "visits")
		var whole, again SharedSet
		var parts [3]SharedSet
		for i, v := range visits {
			whole.Add(hashOf(v.hash), hashOf(100+v.source))
			parts[i%3].Add(hashOf(v.hash), hashOf(100+v.source))
		}
		for _, i := range rapid.SampledFrom([][]int{{0, 1, 2, 0}, {2, 1, 0, 1}, {1, 2, 0, 2}}).Draw(t, "order") {
			again.Merge(&parts[i])
		}
		if a, b := whole.Record(nil), again.Record(nil); !bytes.Equal(a, b) {
			t.Fatalf("%x of the parts, %x of the whole", b, a)
		}
		var restored SharedSet
		if restored.Restore(whole.Record(nil)); !bytes.Equal(restored.Record(nil), whole.Record(nil)) {
			t.Fatal("it is stored as another")
		}
	})
}

func TestSharedSetAllocatesNothingForWhatItKnows(t *testing.T) {
	var s SharedSet
	common, single, other, source := hashOf(1), hashOf(2), hashOf(3), hashOf(100)
	s.Share(common)
	s.Add(single, source)
	if n := testing.AllocsPerRun(100, func() {
		s.Add(common, source)
		s.Add(single, source)
		s.Look(other, source)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSharedSetIsSafeForConcurrentUse(t *testing.T) {
	var s SharedSet
	var all sync.WaitGroup
	for source := range 4 {
		all.Go(func() {
			for n := range 60 {
				s.Add(hashOf(n), hashOf(100+source))
				s.Look(hashOf(n), 0)
			}
		})
	}
	all.Wait()
	for n := range 60 {
		if got := s.Look(hashOf(n), 0); got != Shared {
			t.Fatalf("%d: %v", n, got)
		}
	}
}

func FuzzSharedSetRestore(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 0, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, rec []byte) {
		var s, again SharedSet
		s.Restore(rec)
		if again.Restore(s.Record(nil)); !bytes.Equal(again.Record(nil), s.Record(nil)) {
			t.Error("it is stored as another")
		}
	})
}
