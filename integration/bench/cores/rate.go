package main

import (
	"crypto/sha256"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/bench/guard"
)

// batch is how many requests each processor passes at a time. They are made before,
// and garbage is collected between.
const batch = 16384

// work makes a batch ready for a worker. What it returns is timed.
type work func(worker int) func()

// passing passes requests for so many scripts.
func passing(g *guard.Guard, scripts int) work {
	var room [2][batch]*http.Request
	return func(worker int) func() {
		requests := room[worker][:]
		for n := range requests {
			requests[n] = guard.Browsing(g.Scripts[(n*7+worker)%scripts])
		}
		return func() {
			for _, r := range requests {
				if err := g.Pass(r); err != nil {
					panic(err) // nothing here can fail
				}
			}
		}
	}
}

// hashing shares nothing: it shows what the machine has to give. A page takes about as
// long as a request.
func hashing(int) func() {
	return func() {
		var page [4096]byte
		for range batch {
			sum := sha256.Sum256(page[:])
			copy(page[:], sum[:])
		}
	}
}

// rate returns how many of a batch are done in a second on so many processors, at most
// two.
func rate(w work, processors int, length time.Duration) float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	done, took := 0, time.Duration(0)
	for took < length {
		var ready []func()
		for worker := range processors {
			ready = append(ready, w(worker))
		}
		runtime.GC()
		var workers sync.WaitGroup
		began := time.Now()
		for _, do := range ready {
			workers.Go(do)
		}
		workers.Wait()
		took += time.Since(began)
		done += processors * batch
	}
	return float64(done) / took.Seconds()
}
