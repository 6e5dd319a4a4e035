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

// z95 is the 97.5 % quantile of the standard normal distribution.
const z95 = 1.959964

// interval returns the 95 % interval of a share of which n of total were seen
// (Wilson 1927, two-sided).
func interval(n, total int) (low, high float64) {
	if total == 0 {
		return 0, 1
	}
	size, share := float64(total), float64(n)/float64(total)
	middle := share + z95*z95/(2*size)
	spread := z95 * math.Sqrt(share*(1-share)/size+z95*z95/(4*size*size))
	scale := 1 + z95*z95/size
	return max(0, (middle-spread)/scale), min(1, (middle+spread)/scale)
}

// share prints n of total with its interval.
func share(n, total int) string {
	if total == 0 {
		return "–"
	}
	low, high := interval(n, total)
	return fmt.Sprintf("%d = %.0f %% (%.0f–%.0f)", n, 100*float64(n)/float64(total), 100*low, 100*high)
}
