//go:build !race

package caddymodule

import (
	"net/http"
	"testing"
)

// The race detector allocates too.
func TestKnownScriptNeedsFewAllocations(t *testing.T) {
	for _, c := range []struct {
		name    string
		request func() *http.Request
		most    float64
	}{{"a GET", browsing, 3}, {"a form", posting, 5}} {
		for _, mode := range []string{"log", "tag", "block"} {
			p := passesThrough(t, `{"mode":"`+mode+`"}`)
			if err := p.pass(c.request()); err != nil {
				t.Fatal(err)
			}
			p.site.memory.Load().Flush()   // the client is known
			n := leastAllocations(func() { // goroutines of other tests can only add
				if err := p.pass(c.request()); err != nil {
					t.Fatal(err)
				}
			}) - leastAllocations(func() { c.request() })
			if n > c.most {
				t.Errorf("%s, mode %s: %v allocations", c.name, mode, n)
			} else {
				t.Logf("%s, mode %s: %v allocations", c.name, mode, n)
			}
		}
	}
}

// leastAllocations is the least of several averages of what f allocates.
func leastAllocations(f func()) float64 {
	least := testing.AllocsPerRun(200, f)
	for range 9 {
		least = min(least, testing.AllocsPerRun(200, f))
	}
	return least
}
