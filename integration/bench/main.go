// Bench measures what a guard costs a site, in each mode, and what Coraza with the
// OWASP Core Rule Set does, end to end with wrk on keep-alive connections:
//
//	go run -C integration/bench . [-pairs 7] [-seconds 2] [-connections 16] [-only "proxy, 1 KiB"]
//
// It needs wrk and php-fpm. Each guarded run is paired with one of bare Caddy, in
// turns; what is printed is the median of the ratios guarded/bare, with the interval
// that holds it with at least 95 % (order statistics, binomial). All listeners are in
// one Caddy, and Caddy, upstream and wrk share the machine.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard" // as users build it

	_ "github.com/webshell-guard/caddy-webshell-guard/caddymodule" // the guard
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "run" { // the harness is its own Caddy
		caddycmd.Main()
		return
	}
	pairs := flag.Int("pairs", 7, "pairs of runs, each")
	seconds := flag.Int("seconds", 2, "length of a run")
	connections := flag.Int("connections", 16, "keep-alive connections")
	only := flag.String("only", "", "kinds of requests to measure, those whose names contain it")
	flag.Parse()
	if err := run(*pairs, *seconds, *connections, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(pairs, seconds, connections int, only string) error {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := serve(dir)
	if err != nil {
		return err
	}
	defer s.stop()
	fmt.Printf("%d processors, %s, %d connections, %d pairs of runs of %d s\n\n", runtime.NumCPU(), runtime.Version(), connections, pairs, seconds)
	fmt.Println("| requests | bare, per second | " + strings.Join(variants[1:], " | ") + " |")
	fmt.Println("|---|---|" + strings.Repeat("---|", len(variants)-1))
	for _, c := range cases() {
		if !strings.Contains(c.name, only) {
			continue
		}
		cells, bareRates := []string{}, []float64{}
		for _, v := range variants[1:] {
			var ratios []float64
			for n := range pairs {
				var rate [2]float64
				for _, i := range [][]int{{0, 1}, {1, 0}}[n%2] { // neither is always first
					if rate[i], err = wrk(s.url([]string{variants[0], v}[i], c.path), c.script(dir), seconds, connections); err != nil {
						return err
					}
				}
				ratios, bareRates = append(ratios, rate[1]/rate[0]), append(bareRates, rate[0])
			}
			slices.Sort(ratios)
			low, high := interval(ratios)
			cells = append(cells, fmt.Sprintf("**%.3f** (%.3f–%.3f)", median(ratios), low, high))
		}
		slices.Sort(bareRates)
		fmt.Printf("| %s | %.0f | %s |\n", c.name, median(bareRates), strings.Join(cells, " | "))
	}
	return nil
}

var ratePattern = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

// wrk returns the requests answered in a second. A request that failed fails the run.
func wrk(url, script string, seconds, connections int) (float64, error) {
	args := []string{"-t", "1", "-c", strconv.Itoa(connections), "-d", strconv.Itoa(seconds) + "s"}
	if script != "" {
		args = append(args, "-s", script)
	}
	out, err := exec.Command("wrk", append(args, url)...).CombinedOutput()
	text := string(out)
	if err != nil {
		return 0, fmt.Errorf("wrk %s: %w\n%s", url, err, text)
	}
	if strings.Contains(text, "Non-2xx") || strings.Contains(text, "Socket errors") {
		return 0, fmt.Errorf("requests to %s failed:\n%s", url, text)
	}
	m := ratePattern.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("wrk printed no rate:\n%s", text)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// interval returns the narrowest pair of order statistics that holds the median with
// at least 95 %, or the outermost if there are too few.
func interval(sorted []float64) (low, high float64) {
	n := len(sorted)
	tail := math.Pow(0.5, float64(n)) // P(all on one side)
	k, term := 0, tail
	for k+1 < n/2 {
		term *= float64(n-k) / float64(k+1)
		if 2*(tail+term) > 0.05 {
			break
		}
		tail += term
		k++
	}
	return sorted[k], sorted[n-1-k]
}
