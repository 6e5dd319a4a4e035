// Gotest runs "go test -json" with its own arguments and shows what plain "go test" would. It
// ends with a line "N passed, N failed, N skipped" (subtests included), and fails on a skipped
// test or when no test ran: a skip that nobody sees is a promise that nobody keeps.
//
//	go run .ci/gotest.go -race -count=1 ./... ./integration/...
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// event is a line of "go tool test2json", and of "go build -json" when a package does not build.
type event struct{ Action, Package, Test, Output string }

// run is what one package's tests have printed so far.
type run struct {
	open   map[string]string // tests without a result yet
	shown  string            // failed and skipped tests
	own    string            // the package's own lines: "ok", "FAIL", panics, TestMain
	failed bool
}

func main() {
	cmd := exec.Command("go", append([]string{"test", "-json"}, os.Args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting go test:", err)
		os.Exit(1)
	}
	count := map[string]int{}
	runs := map[string]*run{}
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			take(line, runs, count)
		}
		if err != nil {
			break
		}
	}
	err = cmd.Wait()
	if count["skip"] > 0 {
		fmt.Println("FAIL: a skipped test proves nothing; make it run")
	}
	if count["pass"]+count["fail"] == 0 {
		fmt.Println("FAIL: no test ran")
	}
	if err != nil && count["fail"] == 0 { // such as an unknown flag
		count["fail"]++
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"])
	if err != nil || count["skip"] > 0 || count["pass"] == 0 {
		os.Exit(1)
	}
}

// take counts one line of go test's output, and prints what is due.
func take(line []byte, runs map[string]*run, count map[string]int) {
	var e event
	if !bytes.HasPrefix(line, []byte("{")) || json.Unmarshal(line, &e) != nil {
		os.Stdout.Write(line) // not an event, so meant for people
		return
	}
	if e.Package == "" {
		fmt.Print(e.Output) // a compiler's or vet's complaint
		return
	}
	r := runs[e.Package]
	if r == nil {
		r = &run{open: map[string]string{}}
		runs[e.Package] = r
	}
	switch {
	case e.Action == "output" && e.Test == "":
		r.own += e.Output
	case e.Action == "output":
		if !strings.HasPrefix(e.Output, "=== ") {
			r.open[e.Test] += e.Output
		}
	case e.Action != "pass" && e.Action != "fail" && e.Action != "skip":
	case e.Test != "":
		count[e.Action]++
		if e.Action != "pass" {
			r.failed = r.failed || e.Action == "fail"
			r.shown += r.open[e.Test]
		}
		delete(r.open, e.Test)
	case e.Action == "fail":
		if !r.failed {
			count["fail"]++ // it did not build, panicked, or was killed: no test says so
		}
		for _, test := range slices.Sorted(maps.Keys(r.open)) {
			r.shown += r.open[test]
		}
		fmt.Print(r.shown, r.own)
		delete(runs, e.Package)
	default:
		fmt.Print(r.shown)
		for l := range strings.Lines(r.own) {
			if strings.HasPrefix(l, "ok  \t") || strings.HasPrefix(l, "?   \t") {
				fmt.Print(l)
			}
		}
		delete(runs, e.Package)
	}
}
