package main

import (
	"math"
	"testing"
)

// The bounds are those of the usual tables: half the 95 % quantile of χ² with
// 2(n+1) degrees of freedom.
func TestUpperPoissonBound(t *testing.T) {
	for n, want := range map[int]float64{0: 2.996, 1: 4.744, 10: 16.962, 100: 118.1} {
		if got := upper(n); math.Abs(got-want) > 0.001*want {
			t.Errorf("upper bound of %d is %.3f, want %.3f", n, got, want)
		}
	}
}

func TestQuantiles(t *testing.T) {
	list := make([]int, 0, 20)
	for i := range 20 {
		list = append(list, 20-i)
	}
	if got, want := quantiles(list), "10 / 19 / 20"; got != want {
		t.Errorf("quantiles are %s, want %s", got, want)
	}
}

// The intervals are those of Newcombe (1998), table I, method 3.
func TestIntervalOfShare(t *testing.T) {
	for _, c := range []struct {
		n, total  int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}, {29, 29, 0.8830, 1}} {
		low, high := interval(c.n, c.total)
		if math.Abs(low-c.low) > 0.0001 || math.Abs(high-c.high) > 0.0001 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.n, c.total, low, high, c.low, c.high)
		}
	}
}
