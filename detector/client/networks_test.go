package client

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// inUse is the size of the heap, without garbage.
func inUse() int64 {
	runtime.GC()
	runtime.GC() // what pools held
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestClientsAreRemembered(t *testing.T) {
	c := NewNetworks()
	if c.Get(7) != nil {
		t.Fatal("a network that nobody met")
	}
	a := c.Meet(7, start, false)
	a.Fetched(start, 1)
	c.Flush()
	if c.Get(7) != a || c.Meet(7, start.Add(time.Hour), true) != a {
		t.Error("not found, or met anew")
	}
	if c.Get(8) != nil {
		t.Error("another network's was found")
	}
	if b := c.Meet(9, start, false); b.stranger {
		t.Error("a stranger, where nobody could be known yet")
	}
	if b := c.Meet(10, start.Add(strangerFor), false); !b.stranger {
		t.Error("no stranger after a day")
	}
	if b := c.Meet(11, start.Add(strangerFor), true); b.stranger {
		t.Error("a stranger, though it was there before")
	}
}

func TestClientsAreBoundedInAFlood(t *testing.T) {
	before := inUse()
	c := NewNetworks()
	r := rand.New(rand.NewPCG(1, 1))
	regulars := make([]uint64, 1000)
	visit := func() {
		for i := range regulars {
			c.Meet(regulars[i], start, false)
		}
		c.Flush()
	}
	for i := range regulars {
		regulars[i] = r.Uint64()
	}
	for range 10 {
		visit()
	}
	for i := range 1_000_000 {
		c.Meet(r.Uint64(), start, false).probes.Add(r.Uint64(), 1)
		if i%1000 == 0 {
			c.Flush() // more than fits the buffer at once is dropped
		}
		if i%100_000 == 0 {
			visit()
		}
	}
	c.Flush()
	held := inUse() - before
	kept := 0
	for _, network := range regulars {
		if c.Get(network) != nil {
			kept++
		}
	}
	most := maxClients*clientCost + 3<<20 // what the cache itself has
	t.Logf("after 1,000,000 networks: %.1f MiB, of which %d B an entry of %d; at most %.1f MiB; %d of %d regular networks kept",
		float64(held)/(1<<20), clientCost, unsafe.Sizeof(Activity{}), float64(most)/(1<<20), kept, len(regulars))
	if held > most {
		t.Errorf("%d bytes are held, the bound is %d", held, most)
	}
	runtime.KeepAlive(c)
}

// Dropped clients are collected while others are in use, and their last users with them.
func TestClientsUnderConcurrencyWhileOthersEnd(t *testing.T) {
	for n := range 20 {
		c := NewNetworks()
		var wg sync.WaitGroup
		for g := range uint64(4) {
			wg.Go(func() {
				for i := range uint64(200) {
					a := c.Meet(i, start, false)
					now := start.Add(time.Duration(i) * time.Minute)
					a.Visited(now, i*g, i)
					a.probes.Add(i*g, int64(i/60))
					a.UploadedName(now, i)
					a.Behaviour(now, i)
				}
			})
		}
		if n%5 == 0 {
			runtime.GC()
		}
		wg.Wait()
		c.Flush()
		for i := range uint64(200) {
			if a := c.Get(i); a == nil || a.days.Before(start.Add(24*time.Hour).Unix()) == 0 {
				t.Fatalf("network %d is forgotten", i)
			}
		}
	}
}
