// Command replay measures how fast old logs are read: it writes a combined log, and
// has `caddy webshell-guard replay` and GoAccess read it in turn.
//
//	go run -C integration/bench ./replay [-pairs 5] [-lines 1000000]
//
// It needs goaccess. It prints every pair, the
// medians, and the median of the ratios.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	pairs := flag.Int("pairs", 5, "pairs of runs")
	lines := flag.Int("lines", 1_000_000, "lines of the log")
	flag.Parse()
	if err := run(*pairs, *lines); err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(1)
	}
}

func run(pairs, lines int) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	log, caddy := filepath.Join(dir, "access.log"), filepath.Join(dir, "caddy")
	if err := writeLog(log, lines); err != nil {
		return err
	}
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", caddy, "./examples/caddy").CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w: %s", err, out)
	}
	fmt.Printf("%d processors, %s, %d lines\n\n| pair | replay, lines/s | goaccess, lines/s | ratio |\n|---|---|---|---|\n", runtime.NumCPU(), runtime.Version(), lines)
	var ours, theirs, ratios []float64
	for pair := range pairs {
		replay, err := timed(lines, caddy, "webshell-guard", "replay", "--json", log)
		if err != nil {
			return err
		}
		goaccess, err := timed(lines, "goaccess", log, "--log-format=COMBINED", "--no-progress", "-o", filepath.Join(dir, "report.json"))
		if err != nil {
			return err
		}
		ours, theirs, ratios = append(ours, replay), append(theirs, goaccess), append(ratios, replay/goaccess)
		fmt.Printf("| %d | %.0f | %.0f | %.2f |\n", pair+1, replay, goaccess, replay/goaccess)
	}
	fmt.Printf("| median | %.0f | %.0f | %.2f |\n", median(ours), median(theirs), median(ratios))
	return nil
}

// timed runs a whole process over the log, and returns the lines per second. Replay
// must have read all of them.
func timed(lines int, name string, args ...string) (float64, error) {
	c := exec.Command(name, args...)
	c.Stdin = strings.NewReader("")
	began := time.Now()
	out, err := c.Output()
	took := time.Since(began)
	if err != nil {
		return 0, fmt.Errorf("running %s: %w", name, err)
	}
	if strings.HasSuffix(name, "caddy") {
		var summary struct{ Requests, Malformed int }
		last := strings.TrimSpace(string(out))
		if err := json.Unmarshal([]byte(last[strings.LastIndexByte(last, '\n')+1:]), &summary); err != nil {
			return 0, fmt.Errorf("reading the summary: %w", err)
		}
		if summary.Requests != lines || summary.Malformed != 0 {
			return 0, fmt.Errorf("%d of %d lines were read, %d malformed", summary.Requests, lines, summary.Malformed)
		}
	}
	return float64(lines) / took.Seconds(), nil
}

// writeLog writes the log of a site with pages, scripts and files, which 2,000 client
// networks visit every second.
func writeLog(name string, lines int) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	defer func() {
		if problem := w.Flush(); err == nil {
			err = problem
		}
		if problem := file.Close(); err == nil {
			err = problem
		}
	}()
	r := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range lines {
		if err := writeLine(w, r, at); err != nil {
			return err
		}
		at = at.Add(time.Second)
	}
	return nil
}

func writeLine(w io.Writer, r *rand.Rand, at time.Time) error {
	targets := []string{
		"/", fmt.Sprintf("/index.php?p=%d", r.IntN(10000)), fmt.Sprintf("/wp-content/themes/a/style%d.css", r.IntN(50)),
		fmt.Sprintf("/blog/post-%d/", r.IntN(500)), fmt.Sprintf("/shop/item.php?id=%d", r.IntN(10000)),
	}
	_, err := fmt.Fprintf(w, "10.%d.%d.9 - - [%s] \"GET %s HTTP/1.1\" 200 %d \"https://www.example.com/\" \"Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0\"\n",
		r.IntN(8), r.IntN(256), at.Format("02/Jan/2006:15:04:05 -0700"), targets[r.IntN(len(targets))], 200+r.IntN(90000))
	return err
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
