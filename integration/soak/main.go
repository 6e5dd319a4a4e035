// Command soak keeps Caddy with the guard under a mixed load for long: static files,
// scripts, forms, uploads and event streams by ever new clients, floods of names and
// addresses, attacks, and reloads of good and of broken configurations in turn.
//
//	go run ./integration/soak [-minutes 30] [-race]
//
// Each benign request is also sent to the same site without the guard, and must be
// answered alike. It prints what the process used as it goes, and fails in the end if that
// grew.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/process"
)

func main() {
	process.MaybeCaddy()
	minutes := flag.Float64("minutes", 30, "how long")
	race := flag.Bool("race", false, "look for data races in Caddy; slower")
	flag.Parse()
	if err := run(time.Duration(*minutes*float64(time.Minute)), *race); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(length time.Duration, race bool) (err error) {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary := ""
	if race {
		binary = filepath.Join(dir, "soak")
		out, err := exec.Command("go", "build", "-race", "-o", binary, "./integration/soak").CombinedOutput()
		if err != nil {
			return fmt.Errorf("building with the race detector: %w\n%s", err, out)
		}
	}
	return soak(dir, binary, length, func(line string) { fmt.Println(line) })
}
