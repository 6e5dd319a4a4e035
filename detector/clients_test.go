package detector

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// inUse is the size of the heap, without garbage.
func inUse() int64 {
	runtime.GC()
	runtime.GC() // what pools held
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

func TestClientsAreRemembered(t *testing.T) {
	c := newClients()
	if c.get(7) != nil {
		t.Fatal("a network that nobody met")
	}
	a := c.meet(7, start, false)
	a.fetched(start, 1)
	c.settle()
	if c.get(7) != a || c.meet(7, start.Add(time.Hour), true) != a {
		t.Error("not found, or met anew")
	}
	if c.get(8) != nil {
		t.Error("another network's was found")
	}
	if b := c.meet(9, start, false); b.stranger {
		t.Error("a stranger, where nobody could be known yet")
	}
	if b := c.meet(10, start.Add(strangerFor), false); !b.stranger {
		t.Error("no stranger after a day")
	}
	if b := c.meet(11, start.Add(strangerFor), true); b.stranger {
		t.Error("a stranger, though it was there before")
	}
}

func TestClientsAreBoundedInAFlood(t *testing.T) {
	before := inUse()
	c := newClients()
	r := rand.New(rand.NewPCG(1, 1))
	regulars := make([]uint64, 1000)
	visit := func() {
		for i := range regulars {
			c.meet(regulars[i], start, false)
		}
		c.settle()
	}
	for i := range regulars {
		regulars[i] = r.Uint64()
	}
	for range 10 {
		visit()
	}
	for i := range 1_000_000 {
		c.meet(r.Uint64(), start, false).probes.Add(r.Uint64(), 1)
		if i%1000 == 0 {
			c.settle() // more than fits the buffer at once is dropped
		}
		if i%100_000 == 0 {
			visit()
		}
	}
	c.settle()
	held := inUse() - before
	kept := 0
	for _, network := range regulars {
		if c.get(network) != nil {
			kept++
		}
	}
	most := maxClients*clientCost + 3<<20 // what the cache itself has
	t.Logf("after 1,000,000 networks: %.1f MiB, of which %d B an entry of %d; at most %.1f MiB; %d of %d regular networks kept",
		float64(held)/(1<<20), clientCost, unsafe.Sizeof(activity{}), float64(most)/(1<<20), kept, len(regulars))
	if held > most {
		t.Errorf("%d bytes are held, the bound is %d", held, most)
	}
	runtime.KeepAlive(c)
}

// A memory that nothing reaches any more must take its goroutines with it, though
// nobody may close a cache that is in use.
func TestClientsEndWithTheirMemory(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		m := NewMemory(baseline.NewSite("a", start))
		m.clients.meet(1, start, false)
		m.Settle()
	}
	for range 100 {
		runtime.GC()
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// Dropped clients are collected while others are in use, and their last users with them.
func TestClientsUnderConcurrencyWhileOthersEnd(t *testing.T) {
	for n := range 20 {
		c := newClients()
		var wg sync.WaitGroup
		for g := range uint64(4) {
			wg.Go(func() {
				for i := range uint64(200) {
					a := c.meet(i, start, false)
					now := start.Add(time.Duration(i) * time.Minute)
					a.visited(now, i*g, i)
					a.probes.Add(i*g, int64(i/60))
					a.uploaded(now, i)
					a.lately(&Facts{Exchange: &Exchange{Time: now}})
				}
			})
		}
		if n%5 == 0 {
			runtime.GC()
		}
		wg.Wait()
		c.settle()
		for i := range uint64(200) {
			if a := c.get(i); a == nil || a.days.Before(start.Add(24*time.Hour).Unix()) == 0 {
				t.Fatalf("network %d is forgotten", i)
			}
		}
	}
}

func TestVerdictsDoNotNeedTheClients(t *testing.T) {
	for _, forgets := range []bool{false, true} {
		w := newWatch(t)
		w.learn(same, "/a.php")
		for _, tt := range []struct {
			x    Exchange
			want Verdict
		}{
			{get("/a.php", 3), Clean},
			{get("/a.php", stranger), Clean},
			{get("/a.php", stranger).with(post).with(unreferred), Suspicious},
			{get("/x.php", stranger).with(post).with(unreferred), Suspicious},
			{get("/x.php", stranger).with(sends(formType, "pass="+opaque)), Malicious},
			{get("/uploads/x.php", stranger).with(post), Malicious},
			{get("/missing.php", stranger).with(status(404)), Clean},
		} {
			if forgets {
				w.m.clients = newClients()
			}
			if o := w.see(tt.x); o.response != tt.want {
				t.Errorf("forgets %t, %s %s: %+v, want %v", forgets, tt.x.Method, tt.x.Path, o, tt.want)
			}
		}
	}
}
