package sketch

import (
	"math/rand/v2"
	"testing"
)

func TestWindowCounterCountsDistinctHashes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 3, 10, 30, 100} {
		sum := 0
		for range 200 {
			var c WindowCounter
			for range n {
				hash := r.Uint64()
				c.Add(hash, 5)
				c.Add(hash, 5)
			}
			sum += c.At(5).Count()
		}
		if mean := float64(sum) / 200; mean < 0.9*float64(n) || mean > 1.1*float64(n) {
			t.Errorf("%d hashes are counted as %.1f", n, mean)
		}
	}
	var c WindowCounter
	for range 100_000 {
		c.Add(r.Uint64(), 5)
	}
	if n := c.At(5).Count(); n != 266 {
		t.Errorf("at most %d", n)
	}
}

func TestWindowCounterForgets(t *testing.T) {
	var c WindowCounter
	c.Add(0, 5)
	c.Add(1<<58, 6)
	for window, want := range map[int64]int{3: 0, 4: 0, 5: 2, 6: 2, 7: 1, 8: 0, 99: 0} {
		if n := c.At(window).Count(); n != want {
			t.Errorf("window %d: %d, want %d", window, n, want)
		}
	}
	c.Add(2<<58, 5) // from a slow request
	if n := c.At(6).Count(); n != 3 {
		t.Errorf("what came late: %d", n)
	}
	c.Add(0, 9)
	if n := c.At(9).Count(); n != 1 {
		t.Errorf("after windows without any: %d", n)
	}
	c.Add(1<<58, 2) // the clock was ahead
	if n := c.At(2).Count(); n != 1 {
		t.Errorf("after the clock was set back: %d", n)
	}
}
