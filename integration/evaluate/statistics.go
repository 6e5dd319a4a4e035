package main

import (
	"fmt"
	"math"
	"slices"
)

// upper returns the upper 95 % bound (one-sided, exact) of the mean of a Poisson
// distribution of which n was seen: that λ with P(X ≤ n | λ) = 0.05.
func upper(n int) float64 {
	low, high := float64(n), float64(n)+10+10*math.Sqrt(float64(n)+1)
	for range 100 {
		if middle := (low + high) / 2; atMost(n, middle) > 0.05 {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// atMost is P(X ≤ n) of a Poisson distribution with the mean given.
func atMost(n int, mean float64) float64 {
	sum := 0.0
	for k := range n + 1 {
		log, _ := math.Lgamma(float64(k) + 1)
		sum += math.Exp(float64(k)*math.Log(mean) - mean - log)
	}
	return sum
}

// rate prints events per unit of exposure, with the bound.
func rate(n int, exposure float64) string {
	if exposure == 0 {
		return "–"
	}
	return fmt.Sprintf("%s (≤ %s)", short(float64(n)/exposure), short(upper(n)/exposure))
}

func short(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// quantiles prints median, 95th percentile and maximum of counts.
func quantiles(counts []int) string {
	if len(counts) == 0 {
		return "–"
	}
	sorted := slices.Sorted(slices.Values(counts))
	at := func(q float64) int { return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)] }
	return fmt.Sprintf("%d / %d / %d", at(0.5), at(0.95), sorted[len(sorted)-1])
}
