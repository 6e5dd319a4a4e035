package main

import (
	"os"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/process"
)

func TestMain(m *testing.M) {
	process.MaybeCaddy()
	os.Exit(m.Run())
}

// `go run ./integration/soak -minutes 30` is the long form.
func TestSoak(t *testing.T) {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := soak(dir, "", 60*time.Second, func(line string) { t.Log(line) }); err != nil {
		t.Error(err)
	}
}

func TestGrowthIsSeen(t *testing.T) {
	of := func(at func(n int) float64) (samples []sample) {
		for n := range 60 {
			s := sample{at: time.Duration(n) * time.Second}
			for i := range s.used {
				s.used[i] = at(n)
			}
			samples = append(samples, s)
		}
		return samples
	}
	if _, grown := growth(of(func(n int) float64 { return 100 + float64(n%7) }), false); grown != nil {
		t.Error(grown)
	}
	if _, grown := growth(of(func(n int) float64 { return 100 + 5*float64(n) }), false); grown == nil {
		t.Error("a process that grows by 5 in a second is not noticed")
	}
	if _, grown := growth(of(func(n int) float64 { return 100 + 300*min(1, float64(n)/5) }), false); grown != nil {
		t.Errorf("warming up is taken for growing: %v", grown)
	}
	if _, grown := growth(nil, false); grown == nil {
		t.Error("no samples at all are no growth")
	}
}
