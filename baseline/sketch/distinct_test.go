package sketch

import (
	"bytes"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

func TestDistinctIsExactForAFew(t *testing.T) {
	var d Distinct
	r := rand.New(rand.NewPCG(1, 2))
	for want := 1; want <= exactSlots; want++ {
		h := r.Uint64()
		if !d.Add(h) || d.Add(h) {
			t.Fatalf("value %d: not new once and known then", want)
		}
		if got := d.Count(); got != want {
			t.Fatalf("count %d, want %d", got, want)
		}
	}
}

func TestDistinctEstimatesMany(t *testing.T) {
	for _, tt := range []struct {
		n               int
		rms, mean, bias float64 // at most
	}{
		{10, 0.02, 0.01, 0.01}, {20, 0.05, 0.04, 0.01}, {50, 0.09, 0.07, 0.015},
		{100, 0.12, 0.10, 0.02}, {150, 0.11, 0.10, 0.02}, {200, 0.12, 0.10, 0.02}, {400, 0.13, 0.10, 0.02},
		{1000, 0.14, 0.11, 0.02}, {10_000, 0.14, 0.11, 0.02}, {100_000, 0.14, 0.11, 0.03},
	} {
		runs := min(2000, 40_000_000/tt.n)
		var squares, sum, bias float64
		for run := range uint64(runs) {
			var d Distinct
			r := rand.New(rand.NewPCG(run, uint64(tt.n)))
			for range tt.n {
				d.Add(r.Uint64())
			}
			off := float64(d.Count()-tt.n) / float64(tt.n)
			squares += off * off
			sum += math.Abs(off)
			bias += off
		}
		rms, mean := math.Sqrt(squares/float64(runs)), sum/float64(runs)
		bias = math.Abs(bias / float64(runs))
		t.Logf("%6d values: root mean square error %.3f, mean error %.3f, bias %.3f", tt.n, rms, mean, bias)
		if rms > tt.rms || mean > tt.mean || bias > tt.bias {
			t.Errorf("%d values: more than %.3f, %.3f, %.3f", tt.n, tt.rms, tt.mean, tt.bias)
		}
	}
}

func TestDistinctCountsOnceUnderConcurrency(t *testing.T) {
	for range 200 {
		var d Distinct
		var wg sync.WaitGroup
		var fresh [4]int
		for g := range fresh {
			wg.Go(func() {
				for v := range uint64(exactSlots) {
					if d.Add((v + 1) << 33) {
						fresh[g]++
					}
				}
			})
		}
		wg.Wait()
		if total := fresh[0] + fresh[1] + fresh[2] + fresh[3]; total != exactSlots || d.Count() != exactSlots {
			t.Fatalf("%d values were new, count %d", total, d.Count())
		}
	}
}

// Values that arrive ascending displace one another at each step; four goroutines
// race for every slot.
func TestDistinctForgetsNothingUnderConcurrency(t *testing.T) {
	const values, adders = 300, 4
	for run := range uint64(100) {
		r := rand.New(rand.NewPCG(run, 1))
		hashes := make([]uint64, values)
		for i := range hashes {
			hashes[i] = uint64(i)<<54 | r.Uint64()>>10
		}
		var d, alone, merged Distinct
		var wg sync.WaitGroup
		for range adders {
			wg.Go(func() {
				for i, hash := range hashes {
					d.Add(hash)
					if !d.Has(hash) || !d.Has(hashes[i/2]) || d.Add(hash) {
						t.Errorf("value %d is unknown as soon as it was added", i)
						return
					}
				}
			})
		}
		wg.Go(func() {
			for range values {
				merged.Merge(&d)
				var restored Distinct
				restored.Restore(d.Record(nil))
				d.Count()
			}
		})
		wg.Wait()
		for i, hash := range hashes {
			alone.Add(hash)
			if !d.Has(hash) {
				t.Fatalf("value %d was forgotten", i)
			}
		}
		if !bytes.Equal(d.Record(nil), alone.Record(nil)) {
			t.Fatalf("it depends on the order\n%x\n%x", d.Record(nil), alone.Record(nil))
		}
		if merged.Merge(&d); !bytes.Equal(merged.Record(nil), alone.Record(nil)) {
			t.Fatalf("merging meanwhile went wrong\n%x\n%x", merged.Record(nil), alone.Record(nil))
		}
	}
}

// Each value has a register of its own, so that no other speaks for the one that is
// just being displaced.
func TestDistinctHasWhatIsBeingDisplaced(t *testing.T) {
	value := func(i int64) uint64 { return uint64(i)<<58 | uint64(i)<<33 }
	for range 3000 {
		var d Distinct
		var added atomic.Int64
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range int64(registerCount) {
				d.Add(value(i))
				added.Store(i + 1)
			}
		})
		for n := int64(0); n < registerCount; {
			n = added.Load()
			for i := max(0, n-exactSlots-1); i < n; i++ {
				if !d.Has(value(i)) {
					t.Fatalf("value %d of %d is unknown", i, n)
				}
			}
		}
		wg.Wait()
	}
}

func TestDistinctDoesNotAllocateForTheKnown(t *testing.T) {
	for _, n := range []int{1, exactSlots, 1000} {
		d, hashes := filled(n)
		if allocated := testing.AllocsPerRun(100, func() {
			for _, hash := range hashes {
				d.Add(hash)
				d.Has(hash)
			}
			d.Count()
		}); allocated != 0 {
			t.Errorf("%d values: %.0f allocations", n, allocated)
		}
	}
}

func filled(n int) (*Distinct, []uint64) {
	r := rand.New(rand.NewPCG(3, uint64(n)))
	d, hashes := new(Distinct), make([]uint64, n)
	for i := range hashes {
		hashes[i] = r.Uint64()
		d.Add(hashes[i])
	}
	return d, hashes
}

func TestDistinctRecordKeepsTheCount(t *testing.T) {
	for _, n := range []int{0, 1, exactSlots, 500} {
		var restored Distinct
		d, _ := filled(n)
		restored.Restore(d.Record(nil))
		if restored.Count() != d.Count() {
			t.Errorf("%d values: %d before, %d after", n, d.Count(), restored.Count())
		}
	}
}

func TestDistinctRestoreBoundsWhatItReads(t *testing.T) {
	for _, n := range []int{0, 1, 3, 31, 33, 32 + registerCount, 1000} {
		for _, fill := range []byte{0, 1, 255} {
			var d Distinct
			d.Restore(bytes.Repeat([]byte{fill}, n))
			d.Add(2 << 32) // must not panic
			if d.Count() < 0 || n == 0 && d.Count() != 1 || !d.Has(2<<32) {
				t.Errorf("%d bytes: %d", n, d.Count())
			}
		}
	}
	d, _ := filled(exactSlots)
	d.Restore(append(d.Record(nil), bytes.Repeat([]byte{255}, registerCount)...))
	if d.Add(2<<32) || d.Count() > 1<<33 {
		t.Errorf("registers beyond what there can be: %d", d.Count())
	}
}
