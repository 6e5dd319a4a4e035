package main

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/bench/guard"
)

// waits has the handler run on two processors, and prints who waited for locks.
func waits(g *guard.Guard, length time.Duration) error {
	defer runtime.SetMutexProfileFraction(runtime.SetMutexProfileFraction(1))
	before := waited()
	rate(passing(g, 1), 2, length)
	second, err := cyclesPerSecond()
	if err != nil {
		return err
	}
	type wait struct {
		who   string
		share float64
	}
	var list []wait
	ours, all := 0.0, 2*length.Seconds()
	for who, cycles := range waited() {
		share := (cycles - before[who]) / second / all
		if share <= 0 {
			continue
		}
		list = append(list, wait{who, share})
		if strings.Contains(who, "webshell-guard") {
			ours += share
		}
	}
	slices.SortFunc(list, func(a, b wait) int { return cmp.Compare(b.share, a.share) })
	fmt.Printf("\nOf %.1f s on two processors, %.3f %% went by waiting for locks beneath the guard. Who waited most:\n\n", all, 100*ours)
	for _, w := range list[:min(5, len(list))] {
		fmt.Printf("    %6.3f %%  %s\n", 100*w.share, w.who)
	}
	return nil
}

// waited returns the cycles that were waited for locks, by the functions that waited.
func waited() map[string]float64 {
	records := make([]runtime.BlockProfileRecord, 1000)
	n, ok := runtime.MutexProfile(records)
	for !ok {
		records = make([]runtime.BlockProfileRecord, 2*n)
		n, ok = runtime.MutexProfile(records)
	}
	list := map[string]float64{}
	for _, r := range records[:n] {
		list[caller(r.Stack())] += float64(r.Cycles)
	}
	return list
}

// caller names the functions from the one that waited to the first of ours.
func caller(stack []uintptr) string {
	var names []string
	frames := runtime.CallersFrames(stack)
	for {
		f, more := frames.Next()
		names = append(names, f.Function[strings.LastIndexByte(f.Function, '/')+1:])
		if strings.Contains(f.Function, "webshell-guard") {
			return "webshell-guard: " + strings.Join(names, " < ")
		}
		if !more {
			return strings.Join(names[:min(3, len(names))], " < ")
		}
	}
}

// cyclesPerSecond returns how fast the clock of the profile runs, which only its text
// tells.
func cyclesPerSecond() (rate float64, err error) {
	var text bytes.Buffer
	if err := pprof.Lookup("mutex").WriteTo(&text, 1); err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(text.String(), "cycles/second=")
	_, err = fmt.Sscan(after, &rate)
	return rate, err
}
