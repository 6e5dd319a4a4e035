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
			p.site.memory.Load().Flush() // the client is known
			const runs = 1000
			var requests []*http.Request
			for range runs + 1 {
				requests = append(requests, c.request())
			}
			n := testing.AllocsPerRun(runs, func() {
				if err := p.pass(requests[0]); err != nil {
					t.Fatal(err)
				}
				requests = requests[1:]
			})
			if n > c.most {
				t.Errorf("%s, mode %s: %v allocations", c.name, mode, n)
			} else {
				t.Logf("%s, mode %s: %v allocations", c.name, mode, n)
			}
		}
	}
}
