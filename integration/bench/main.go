// Command bench measures what webshell_guard costs: it runs Caddyfile.example
// with and without the directive, side by side, and lets wrk ask both in turn.
//
//	go run ./integration/bench [-pairs 9] [-seconds 3] [-connections 16]
//
// It needs wrk, and is run from the project's root. It prints every pair and
// the median of the ratios guarded/bare, and fails if any request did. What the
// two share, the machine, the second Caddy site and wrk, weighs on both alike.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

func main() {
	pairs := flag.Int("pairs", 9, "pairs of runs for each mode")
	seconds := flag.Int("seconds", 3, "length of a run")
	connections := flag.Int("connections", 16, "keep-alive connections")
	flag.Parse()
	if err := run(*pairs, load{seconds: *seconds, connections: *connections}); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(pairs int, l load) (err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	example, err := os.ReadFile("Caddyfile.example")
	if err != nil {
		return err
	}
	binary := filepath.Join(dir, "caddy")
	if err := build(binary); err != nil {
		return err
	}
	guarded, err := start(binary, filepath.Join(dir, "guarded"), moved(string(example), "18"))
	if err != nil {
		return err
	}
	defer guarded.stop()
	unguarded, err := without(moved(string(example), "28"))
	if err != nil {
		return err
	}
	bare, err := start(binary, filepath.Join(dir, "bare"), unguarded)
	if err != nil {
		return err
	}
	defer bare.stop()

	fmt.Printf("%d processors, %s, %d connections, runs of %d s\n", runtime.NumCPU(), runtime.Version(), l.connections, l.seconds)
	const script = "/index.php"
	ports := []struct{ mode, port string }{{"log", "080"}, {"tag", "081"}, {"block", "082"}}
	for _, p := range ports { // teach it the script
		if _, err := l.ask("http://127.0.0.1:18" + p.port + script); err != nil {
			return err
		}
	}
	if err := guarded.waitFor("learning has ended", len(ports)); err != nil {
		return err
	}
	for _, p := range ports {
		fmt.Printf("\n%-6s %12s %12s %7s\n", p.mode, "bare/s", "guarded/s", "ratio")
		var ratios []float64
		for n := range pairs {
			urls := []string{"http://127.0.0.1:28" + p.port + script, "http://127.0.0.1:18" + p.port + script}
			var rate [2]float64
			for _, i := range [][]int{{0, 1}, {1, 0}}[n%2] { // neither is always first
				if rate[i], err = l.ask(urls[i]); err != nil {
					return err
				}
			}
			ratios = append(ratios, rate[1]/rate[0])
			fmt.Printf("%6d %12.0f %12.0f %7.3f\n", n+1, rate[0], rate[1], rate[1]/rate[0])
		}
		slices.Sort(ratios)
		fmt.Printf("median of %d pairs: %.3f\n", pairs, median(ratios))
	}
	return nil
}

func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
