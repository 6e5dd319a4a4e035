// Evaluate measures the detector on access logs:
//
//	go run ./integration/evaluate learning LOG...
//
// where each LOG is name=file,file,…: the files of one site's log, in any order and
// in any format that package accesslog reads. It prints a table in Markdown, or
// with --json an object a line.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "evaluate:", err)
		}
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 || args[0] != "learning" {
		return errors.New("want: learning [--json] LOG..., each LOG name=file,file,…")
	}
	flags := flag.NewFlagSet("evaluate learning", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print an object a line")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("evaluate learning: no logs given")
	}
	if !*asJSON {
		fmt.Println(learningHeader)
	}
	for _, arg := range flags.Args() {
		name, files, ok := strings.Cut(arg, "=")
		if !ok || name == "" || files == "" {
			return fmt.Errorf("log %q: want name=file,file,…", arg)
		}
		entries, malformed, err := readSite(strings.Split(files, ","))
		if err != nil {
			return err
		}
		row, err := learn(entries)
		if err != nil {
			return err
		}
		row.Log, row.Malformed = name, malformed
		if *asJSON {
			if err := json.NewEncoder(os.Stdout).Encode(row); err != nil {
				return fmt.Errorf("printing: %w", err)
			}
			continue
		}
		fmt.Println(row)
	}
	return nil
}
