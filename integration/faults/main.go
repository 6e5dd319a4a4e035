// Command faults kills Caddy with the guard while it writes snapshots, starts it
// again, and fails if anything is lost that a completed snapshot held, or any
// decision.
//
//	go run ./integration/faults [-kills 100] [-seed 1]
//
// The package's tests do it ten times, and try what else may fail: storage that is
// full, read-only, slow or gives garbage, handlers that panic, no file descriptors,
// little memory.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/process"
)

func main() {
	process.MaybeCaddy()
	kills := flag.Int("kills", 100, "how often")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the random moments")
	flag.Parse()
	dir, err := os.MkdirTemp("", "wg")
	if err == nil {
		defer os.RemoveAll(dir)
		err = kill(dir, *kills, *seed, func(line string) { fmt.Println(line) })
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.RemoveAll(dir)
		os.Exit(1) //nolint:gocritic // cleaned up above
	}
}
