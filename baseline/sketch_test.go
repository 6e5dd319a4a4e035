package baseline

import (
	"bytes"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
)

func TestSketchIsExactForAFew(t *testing.T) {
	var s sketch
	r := rand.New(rand.NewPCG(1, 2))
	for want := 1; want <= exactSlots; want++ {
		h := r.Uint64()
		if !s.add(h) || s.add(h) {
			t.Fatalf("value %d: not new once and known then", want)
		}
		if got := s.count(); got != want {
			t.Fatalf("count %d, want %d", got, want)
		}
	}
}

func TestSketchEstimatesMany(t *testing.T) {
	for _, n := range []int{20, 100, 1000, 10_000} {
		var sum float64
		const runs = 50
		for run := range uint64(runs) {
			var s sketch
			r := rand.New(rand.NewPCG(run, uint64(n)))
			for range n {
				s.add(r.Uint64())
			}
			sum += math.Abs(float64(s.count()-n)) / float64(n)
		}
		// The mean absolute error of 64 registers is 0.8 × 13 %.
		if mean := sum / runs; mean > 0.16 {
			t.Errorf("%d values: mean error %.2f", n, mean)
		}
	}
}

func TestSketchCountsOnceUnderConcurrency(t *testing.T) {
	for range 200 {
		var s sketch
		var wg sync.WaitGroup
		var fresh [4]int
		for g := range fresh {
			wg.Go(func() {
				for v := range uint64(exactSlots) {
					if s.add((v + 1) << 33) {
						fresh[g]++
					}
				}
			})
		}
		wg.Wait()
		if total := fresh[0] + fresh[1] + fresh[2] + fresh[3]; total != exactSlots || s.count() != exactSlots {
			t.Fatalf("%d values were new, count %d", total, s.count())
		}
	}
}

func TestSketchRecordKeepsTheCount(t *testing.T) {
	for _, n := range []int{0, 1, exactSlots, 500} {
		var s, restored sketch
		r := rand.New(rand.NewPCG(3, uint64(n)))
		for range n {
			s.add(r.Uint64())
		}
		restored.restore(s.record(nil))
		if restored.count() != s.count() {
			t.Errorf("%d values: %d before, %d after", n, s.count(), restored.count())
		}
	}
}

func TestSketchRestoreBoundsWhatItReads(t *testing.T) {
	for _, n := range []int{0, 1, 3, 31, 33, 32 + registers, 1000} {
		var s sketch
		s.restore(bytes.Repeat([]byte{255}, n))
		s.add(1) // must not panic
		if s.count() < 0 || n == 0 && s.count() != 1 {
			t.Errorf("%d bytes: %d", n, s.count())
		}
	}
}
