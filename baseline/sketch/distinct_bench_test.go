package sketch

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// go test -run '^$' -bench . ./baseline/sketch

// BenchmarkDistinctAddKnown is what nearly all calls are: a hash that was counted.
func BenchmarkDistinctAddKnown(b *testing.B) {
	for _, n := range []int{1, 4, 8, 20, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d, hashes := filled(n)
			order := rand.New(rand.NewPCG(1, 2)).Perm(n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.Add(hashes[order[i%n]])
			}
		})
	}
}

func BenchmarkDistinctCount(b *testing.B) {
	for _, n := range []int{8, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d, _ := filled(n)
			b.ReportAllocs()
			for b.Loop() {
				d.Count()
			}
		})
	}
}
