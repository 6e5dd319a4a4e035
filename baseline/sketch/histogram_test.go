package sketch

import (
	"math"
	"sync"
	"testing"
)

func TestSizeBucketsArePowersOfFour(t *testing.T) {
	for size, want := range map[int64]int{
		math.MinInt64: 0, -1: 0, 0: 0, 1: 1, 3: 1, 4: 2, 15: 2, 16: 3, 1<<28 - 1: 14, 1 << 28: 15, math.MaxInt64: 15,
	} {
		if got := SizeBucket(size); got != want {
			t.Errorf("%d is in bucket %d, want %d", size, got, want)
		}
	}
}

func TestHistogramCountsUpToItsBound(t *testing.T) {
	var h Histogram
	for range 2 {
		h.Add(1)
	}
	for range bucketFull + 10 {
		h.Add(4)
	}
	h.Add(16)
	for bucket, want := range []int{0, 2, bucketFull, 1, 0} {
		if got := h.Count(bucket); got != want {
			t.Errorf("bucket %d: %d, want %d", bucket, got, want)
		}
	}
}

func TestHistogramMergeIsTheSumOfAll(t *testing.T) {
	parts, whole := make([]Histogram, 3), new(Histogram)
	for size := range int64(120_000) {
		parts[size%3].Add(size % 5000)
		whole.Add(size % 5000)
	}
	var merged, backwards Histogram
	for i := range parts {
		merged.Merge(&parts[i])
		backwards.Merge(&parts[len(parts)-1-i])
	}
	for bucket := range SizeBuckets {
		if a, b, want := merged.Count(bucket), backwards.Count(bucket), whole.Count(bucket); a != want || b != want {
			t.Errorf("bucket %d: %d and %d, want %d", bucket, a, b, want)
		}
	}
	if merged.Count(6) != bucketFull {
		t.Error("no bucket is full: the test shows less than it should")
	}
}

func TestHistogramUnderConcurrency(t *testing.T) {
	var h, other Histogram
	other.Add(5)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				h.Add(1)
				h.Merge(&other)
			}
		})
	}
	wg.Wait()
	if h.Count(1) != 4000 || h.Count(2) != 4000 {
		t.Errorf("%d and %d", h.Count(1), h.Count(2))
	}
}

func TestHistogramRecord(t *testing.T) {
	var h, restored Histogram
	for size := range int64(1000) {
		h.Add(size)
	}
	restored.Restore(append(h.Record(nil), 1, 2, 3))
	for bucket := range SizeBuckets {
		if h.Count(bucket) != restored.Count(bucket) {
			t.Errorf("bucket %d: %d before, %d after", bucket, h.Count(bucket), restored.Count(bucket))
		}
	}
}
