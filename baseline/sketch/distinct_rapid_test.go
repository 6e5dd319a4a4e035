package sketch

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func init() {
	// The flags of a run still decide. A failure is printed, and leaves no file.
	_ = flag.Set("rapid.checks", "3000")
	_ = flag.Set("rapid.nofailfile", "true")
}

// hashes draws a stream of up to 60 hashes, with repetitions, collisions and
// extremes, or one of up to 5,000.
var hashes = rapid.Custom(func(t *rapid.T) []uint64 {
	some := rapid.SliceOfN(rapid.OneOf(rapid.Uint64(), rapid.Uint64(),
		rapid.Map(rapid.Uint64Range(0, 40), func(n uint64) uint64 { return n << 33 }),
		rapid.Map(rapid.Uint64Range(0, 40), func(n uint64) uint64 { return ^(n << 32) }),
	), 0, 60).Draw(t, "hashes")
	if rapid.IntRange(0, 9).Draw(t, "many") == 0 {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for range rapid.IntRange(0, 5000).Draw(t, "more") {
			some = append(some, r.Uint64())
		}
	}
	return some
})

func of(streams ...[]uint64) *Distinct {
	d := new(Distinct)
	for _, stream := range streams {
		for _, hash := range stream {
			d.Add(hash)
		}
	}
	return d
}

func merge(sketches ...*Distinct) *Distinct {
	d := new(Distinct)
	for _, s := range sketches {
		d.Merge(s)
	}
	return d
}

func TestDistinctMergeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		as, bs, cs := hashes.Draw(t, "a"), hashes.Draw(t, "b"), hashes.Draw(t, "c")
		a, b, c := of(as), of(bs), of(cs)
		for law, sides := range map[string][2]*Distinct{
			"neutral":     {merge(a, new(Distinct)), a},
			"idempotent":  {merge(a, a), a},
			"absorbing":   {merge(merge(a, b), b), merge(a, b)},
			"commutative": {merge(a, b), merge(b, a)},
			"associative": {merge(merge(a, b), c), merge(a, merge(b, c))},
			"one stream":  {merge(a, b, c), of(cs, as, bs)},
			"restored":    {restored(a), a},
			"of records":  {merge(restored(a), restored(b)), of(as, bs)},
		} {
			if left, right := sides[0].Record(nil), sides[1].Record(nil); !bytes.Equal(left, right) {
				t.Fatalf("not %s:\n%x\n%x", law, left, right)
			}
		}
		for _, hash := range bs {
			if !merge(a, b).Has(hash) {
				t.Fatalf("%x is lost", hash)
			}
		}
	})
}

func TestDistinctAddIsCertain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d Distinct
		counted := make(map[uint32]bool)
		for _, hash := range hashes.Draw(t, "stream") {
			has, fresh := d.Has(hash), d.Add(hash)
			if known := counted[shorten(hash)]; known && (fresh || !has) || !known && !has && !fresh {
				t.Fatalf("%x counted %v: has %v, fresh %v", hash, known, has, fresh)
			}
			counted[shorten(hash)] = true
		}
		if n := len(counted); n <= exactSlots && d.Count() != n {
			t.Fatalf("%d for %d", d.Count(), n)
		}
	})
}

func restored(d *Distinct) *Distinct {
	r := new(Distinct)
	r.Restore(d.Record(nil))
	return r
}

// TestDistinctMergedNodesAreOne splits a stream over nodes, as a balancer would, and
// holds the merged sketches to the one that saw all. The record is golden: another
// version must read what this one stored, and merge with it.
func TestDistinctMergedNodesAreOne(t *testing.T) {
	const golden = "635299ff1bcab2ffbf31bfffb78ccbff3d74d1fff9baf2fff9a6f3ff2394f5ff" + // the largest
		"0a0a090c0b090a090a0a0a0a0a0a09090b0b0c0b0e0b090a0a0a0c0a0e0b0b0a0a0c090d12080d0a0e0a0a080b090e0c0a090b0a0b0a0a0e100b0a0b08090b0b"
	r := rand.New(rand.NewPCG(12, 12))
	stream := make([]uint64, 20_000)
	for i := range stream {
		stream[i] = r.Uint64() >> (i % 3) // some low ones too
	}
	want := of(stream).Record(nil)
	for _, nodes := range []int{1, 2, 3, 7, 20, 500} {
		parts := make([]*Distinct, nodes)
		for i := range parts {
			parts[i] = new(Distinct)
		}
		for i, hash := range stream {
			parts[r.IntN(nodes)].Add(hash)
			if i%5 == 0 { // of a visitor who comes again, to any node
				parts[r.IntN(nodes)].Add(stream[r.IntN(i+1)])
			}
		}
		for len(parts) > 1 { // as a tree, in any order
			i := r.IntN(len(parts) - 1)
			parts[i].Merge(parts[len(parts)-1])
			parts = parts[:len(parts)-1]
		}
		if got := parts[0].Record(nil); !bytes.Equal(got, want) {
			t.Errorf("%d nodes:\n%x\n%x", nodes, got, want)
		}
	}
	if got := fmt.Sprintf("%x", want); got != golden {
		t.Errorf("the record has changed: %s", got)
	}
}
