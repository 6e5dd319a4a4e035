package main

import (
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/bench/guard"
)

// batch is how many requests each processor passes at a time. They are made before,
// and garbage is collected between.
const batch = 4096

// rate returns the requests in a second that pass on so many processors.
func rate(g *guard.Guard, processors, scripts int, length time.Duration) float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	requests := make([][batch]*http.Request, processors)
	passed, took := 0, time.Duration(0)
	for took < length {
		for worker := range requests {
			for n := range requests[worker] {
				requests[worker][n] = guard.Browsing(g.Scripts[(n*7+worker)%scripts])
			}
		}
		runtime.GC()
		var workers sync.WaitGroup
		began := time.Now()
		for worker := range requests {
			workers.Go(func() {
				for _, r := range requests[worker] {
					if err := g.Pass(r); err != nil {
						panic(err) // nothing here can fail
					}
				}
			})
		}
		workers.Wait()
		took += time.Since(began)
		passed += processors * batch
	}
	return float64(passed) / took.Seconds()
}
