// Command size measures how the cost of a known script grows with what the guard
// remembers, and draws it:
//
//	go run -C integration/bench ./size [-most 1000000] [-minutes 10] [-plot ../../docs/size.svg]
//
// Sites of one thousand to a million scripts, and as many client networks, are asked
// in turns, so that what else the machine does weighs on all alike. Then random paths
// flood a site for some minutes. A million scripts take about 2 GB. It fails if the
// flood makes the guard forget a script, or use more memory than its bounds allow.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

func main() {
	most := flag.Int("most", 1_000_000, "scripts, and client networks, of the largest site")
	minutes := flag.Float64("minutes", 10, "length of the flood")
	plot := flag.String("plot", "", "SVG file to draw to")
	flag.Parse()
	if err := run(*most, time.Duration(*minutes*float64(time.Minute)), *plot); err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}

func run(most int, length time.Duration, plot string) error {
	if most < least || length <= 0 {
		return fmt.Errorf("want at least %d scripts and a flood of some length", least)
	}
	fmt.Printf("%d processors, %s\n\n", runtime.NumCPU(), runtime.Version())
	scripts := growth(most, withScripts)
	show("scripts", "memory for each, bytes", scripts, func(p point) string { return fmt.Sprintf("%.0f", p.memory/p.size) })
	clients := growth(most, withClients)
	show("client networks", "memory for all, MiB", clients, func(p point) string { return fmt.Sprintf("%.1f", p.memory/(1<<20)) })
	flood, err := underFlood(length)
	if err != nil {
		return err
	}
	if plot == "" {
		return nil
	}
	return draw(plot, scripts, clients, flood)
}

// least is the size of the smallest site.
const least = 1000

// point is what was measured at a size.
type point struct {
	size, cost, memory float64 // cost in ns for an exchange, memory in bytes
}

// growth measures sites from least to most, each ten times the one before.
func growth(most int, build func(int) *site) (points []point) {
	var sites []*site
	for size := least; size <= most; size *= 10 {
		before := heap()
		s := build(size)
		points = append(points, point{size: float64(size), memory: float64(heap()) - float64(before)})
		sites = append(sites, s)
	}
	const rounds, exchanges = 21, 20_000
	costs := make([][]float64, len(sites))
	for range rounds {
		for i, s := range sites {
			costs[i] = append(costs[i], s.cost(exchanges))
		}
	}
	for i := range sites {
		points[i].cost = median(costs[i])
	}
	return points
}

func show(what, column string, points []point, cell func(point) string) {
	fmt.Printf("| %s | a known script's exchange, ns | as a multiple of the first | %s |\n|---|---|---|---|\n", what, column)
	for _, p := range points {
		fmt.Printf("| %.0f | %.0f | %.2f | %s |\n", p.size, p.cost, p.cost/points[0].cost, cell(p))
	}
	fmt.Println()
}

// heap returns the bytes in use after a collection.
func heap() uint64 {
	debug.FreeOSMemory()
	debug.FreeOSMemory() // what pools hold survives one collection
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
