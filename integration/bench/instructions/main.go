//go:build linux && amd64

// Instructions counts what a request to a known script costs the handler, in
// instructions: unlike time they hardly depend on what else the machine does.
//
//	go run -C integration/bench ./instructions [-requests 50]
//
// It steps through its own program, started again, one instruction at a time (ptrace),
// and so needs no hardware counters. What the runtime does on stacks of its own, as to
// schedule or to collect garbage, is not counted: between two steps it has plenty of
// time for that. Where the system does not permit ptrace, that is said, and is no failure.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/integration/bench/guard"
)

// warmUp is how many requests go through before those that are counted.
const warmUp = 1000

func main() {
	requests := flag.Int("requests", 50, "requests to count")
	stepped := flag.Bool("stepped", false, "be the program that is stepped through")
	flag.Parse()
	run := count
	if *stepped {
		run = pass
	}
	if err := run(*requests); err != nil {
		fmt.Fprintln(os.Stderr, "instructions:", err)
		os.Exit(1)
	}
}

// count steps through a program that passes requests, and prints what it found.
func count(requests int) error {
	runtime.LockOSThread()
	if err := shareProcessor(); err != nil {
		return err
	}
	child := exec.Command("/proc/self/exe", "-stepped", "-requests", strconv.Itoa(requests))
	child.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1")
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	defer func() { _, _ = child.Process.Kill(), child.Wait() }()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the program to step through: %w", err)
	}
	thread, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return err
	}
	counts, err := step(thread, func() error { _, err := stdin.Write([]byte{'\n'}); return err })
	if errors.Is(err, os.ErrPermission) {
		fmt.Println("nothing was counted: the system does not permit ptrace")
		return nil
	}
	if err != nil {
		return err
	}
	report(counts, requests)
	return nil
}

// report prints the counts by package, most first.
func report(byFunction map[uintptr]int, requests int) {
	byPackage, all := make(map[string]int), 0
	for entry, n := range byFunction {
		name := runtime.FuncForPC(entry).Name()
		if slices.Contains(preemption, name) {
			continue
		}
		byPackage[packageOf(name)] += n
		all += n
	}
	names := slices.SortedFunc(maps.Keys(byPackage), func(a, b string) int { return byPackage[b] - byPackage[a] })
	fmt.Printf("%s, %d requests\n\n| package | instructions a request |\n|---|---|\n", runtime.Version(), requests)
	others := all
	for _, name := range names {
		if n := byPackage[name]; n >= all/100 {
			fmt.Printf("| %s | %d |\n", name, n/requests)
			others -= n
		}
	}
	fmt.Printf("| others | %d |\n| all | **%d** |\n", others/requests, all/requests)
}

// preemption is what a goroutine does to give way: every ten milliseconds, which is
// many times in a request that takes a second.
var preemption = []string{"runtime.morestack", "runtime.morestack_noctxt", "gogo"}

// packageOf returns the path of a function's package. What is in the runtime's folder
// counts as the runtime.
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/')
	dot := strings.IndexByte(function[slash+1:], '.')
	if dot < 0 {
		return "runtime" // assembly
	}
	path := function[:slash+1+dot]
	if strings.HasPrefix(path, "internal/runtime/") {
		return "runtime"
	}
	return path
}

// exchange is a request, and who takes the answer.
type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

// pass tells its thread, waits for a line, and passes the requests.
func pass(requests int) error {
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	g, err := guard.New()
	if err != nil {
		return err
	}
	defer g.Stop()
	for range warmUp {
		if err := g.Pass(guard.Browsing(g.Scripts[0])); err != nil {
			return err
		}
	}
	exchanges := make([]exchange, requests)
	for i := range exchanges {
		exchanges[i] = exchange{guard.Writer(), guard.Browsing(g.Scripts[0])}
	}
	fmt.Println(threadID())
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
		return err
	}
	for _, x := range exchanges {
		counting()
		err := g.PassTo(x.w, x.r)
		counted()
		if err != nil {
			return err
		}
	}
	finished()
	return nil
}
