//go:build !race

package caddymodule

import "testing"

// The race detector allocates too.
func TestKnownScriptNeedsFewAllocations(t *testing.T) {
	for mode, most := range map[string]float64{"log": 4, "tag": 4, "block": 4} {
		serve := knownScript(t, `{"mode":"`+mode+`"}`)
		serve()
		if n := testing.AllocsPerRun(1000, serve); n > most {
			t.Errorf("mode %s: %v allocations", mode, n)
		} else {
			t.Logf("mode %s: %v allocations", mode, n)
		}
	}
}
