package detector

import (
	"math/rand/v2"
	"testing"
)

func TestRecentCountsDistinctNames(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 3, 10, 30, 100} {
		sum := 0
		for range 200 {
			var c recent
			for range n {
				hash := r.Uint64()
				c.add(hash, 5)
				c.add(hash, 5)
			}
			sum += distinct(c.bits(5))
		}
		if mean := float64(sum) / 200; mean < 0.9*float64(n) || mean > 1.1*float64(n) {
			t.Errorf("%d names are counted as %.1f", n, mean)
		}
	}
	var c recent
	for range 100_000 {
		c.add(r.Uint64(), 5)
	}
	if n := distinct(c.bits(5)); n != 266 {
		t.Errorf("at most %d", n)
	}
}

func TestRecentForgets(t *testing.T) {
	var c recent
	c.add(0, 5)
	c.add(1<<58, 6)
	for window, want := range map[int64]int{3: 0, 4: 0, 5: 2, 6: 2, 7: 1, 8: 0, 99: 0} {
		if n := distinct(c.bits(window)); n != want {
			t.Errorf("window %d: %d, want %d", window, n, want)
		}
	}
	c.add(2<<58, 5) // from a slow request
	if n := distinct(c.bits(6)); n != 3 {
		t.Errorf("what came late: %d", n)
	}
	c.add(0, 9)
	if n := distinct(c.bits(9)); n != 1 {
		t.Errorf("after windows without any: %d", n)
	}
	c.add(1<<58, 2) // the clock was ahead
	if n := distinct(c.bits(2)); n != 1 {
		t.Errorf("after the clock was set back: %d", n)
	}
}

func TestDays(t *testing.T) {
	var d dayset
	add := func(day int64) { d.add(day*secondsPerDay + 7) }
	before := func(day int64) int { return d.before(day * secondsPerDay) }
	for _, day := range []int64{100, 100, 101, 105, 104} { // the last of a slow request, and lost
		add(day)
	}
	for day, want := range map[int64]int{99: 0, 104: 0, 105: 2, 106: 3, 131: 3, 132: 2, 135: 1, 136: 1, 137: 0, 1000: 0} {
		if n := before(day); n != want {
			t.Errorf("day %d: %d, want %d", day, n, want)
		}
	}
	add(90) // the clock was set back
	if before(90) != 0 || before(91) != 1 {
		t.Errorf("after the clock was set back: %d, %d", before(90), before(91))
	}
	add(90 + 40)
	if before(90+40) != 0 || before(90+41) != 1 {
		t.Errorf("after a long time: %d, %d", before(90+40), before(90+41))
	}
}
