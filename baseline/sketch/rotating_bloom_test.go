package sketch

import (
	"math/rand/v2"
	"sync"
	"testing"
)

func TestRotatingBloomRemembersLately(t *testing.T) {
	var b RotatingBloom
	r := rand.New(rand.NewPCG(1, 1))
	first := r.Uint64()
	if !b.Add(first) || b.Add(first) || !b.Seen(first) {
		t.Fatal("a hash is not new once and known then")
	}
	falseHits := 0
	for range bloomFull - 1 {
		if h := r.Uint64(); !b.Add(h) {
			falseHits++
		}
	}
	if !b.Seen(first) {
		t.Error("forgotten with the filter just full")
	}
	if share := float64(falseHits) / bloomFull; share > 0.011 {
		t.Errorf("%.3f of new hashes were taken for known", share)
	}
	for range 2*bloomFull + falseHits*2 {
		b.Add(r.Uint64())
	}
	if b.Seen(first) {
		t.Error("never forgotten: the filters would fill up")
	}
}

func TestRotatingBloomUnderConcurrency(t *testing.T) {
	var b RotatingBloom
	var wg sync.WaitGroup
	for g := range uint64(4) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(g, g))
			for range bloomFull / 4 { // not enough to forget any
				h := r.Uint64()
				b.Add(h)
				if !b.Seen(h) {
					t.Error("a hash just added is unknown")
					return
				}
			}
		})
	}
	wg.Wait()
}
