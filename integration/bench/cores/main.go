// Command cores measures what a second processor is worth to the handler, and looks
// for what processors wait for:
//
//	go run -C integration/bench ./cores [-pairs 9] [-milliseconds 500]
//
// Requests for known scripts go through the handler as Caddy makes them, without a
// network: on one processor and on two, in turns. So is work that shares nothing, which
// shows what the machine has to give. Printed is the median of the ratios, in brackets
// the least and the most, and then the time that was spent waiting for locks on both,
// by who waited.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/bench/guard"
)

func main() {
	pairs := flag.Int("pairs", 9, "pairs of runs, each")
	milliseconds := flag.Int("milliseconds", 500, "length of a run")
	flag.Parse()
	if err := run(*pairs, time.Duration(*milliseconds)*time.Millisecond); err != nil {
		fmt.Fprintln(os.Stderr, "cores:", err)
		os.Exit(1)
	}
}

func run(pairs int, length time.Duration) error {
	if runtime.NumCPU() < 2 {
		return fmt.Errorf("there is one processor only")
	}
	g, err := guard.New()
	if err != nil {
		return err
	}
	defer g.Stop()
	fmt.Printf("%d processors, %s, %d pairs of runs of %s\n\n", runtime.NumCPU(), runtime.Version(), pairs, length)
	fmt.Println("| requests | one processor, per second | two, as a multiple |\n|---|---|---|")
	for _, c := range []struct {
		name string
		work work
	}{
		{"none: hashing, which shares nothing", hashing},
		{"for one script", passing(g, 1)},
		{"for a hundred scripts", passing(g, len(g.Scripts))},
	} {
		var rates, ratios []float64
		for range pairs {
			one := rate(c.work, 1, length)
			rates, ratios = append(rates, one), append(ratios, rate(c.work, 2, length)/one)
		}
		slices.Sort(rates)
		slices.Sort(ratios)
		fmt.Printf("| %s | %.0f | **%.2f** (%.2f–%.2f) |\n", c.name, rates[pairs/2], ratios[pairs/2], ratios[0], ratios[pairs-1])
	}
	return waits(g, 4*length)
}
