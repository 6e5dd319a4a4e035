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
