package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
)

// findings is all that is reported.
type findings struct {
	Seed     uint64     `json:"seed"`
	Missing  []string   `json:"missing"`
	Alarms   []alarms   `json:"alarms"`
	Served   []alarms   `json:"alarms_with_pages"`
	Trials   []trial    `json:"trials"`
	Ordinary []ordinary `json:"ordinary"`
}

// detection measures what is found, and what is told for nothing.
func detection(args []string) error {
	flags := flag.NewFlagSet("evaluate detection", flag.ContinueOnError)
	dir := flags.String("data", "", "directory of the data, see the package's comment")
	asJSON := flags.Bool("json", false, "print everything as one JSON object")
	seed := flags.Uint64("seed", 1, "of the places and times")
	fraction := flags.Float64("learn-fraction", 0.5, "part of each log's time that is learned")
	har := flags.String("har", "", "also write the sessions as HAR files to this directory, and do nothing else")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" || flags.NArg() > 0 || !(*fraction > 0 && *fraction < 1) {
		return fmt.Errorf("want: detection -data DIR [-json] [-seed N] [-learn-fraction F] [-har DIR], with 0 < F < 1")
	}
	data, err := load(*dir, *fraction)
	if err != nil {
		return err
	}
	if *har != "" {
		return export(*har, data)
	}
	out := findings{Seed: *seed, Missing: data.missing}
	for _, s := range data.sites {
		for _, pages := range []bool{false, true} {
			a, err := alarmsOf(s, pages)
			if err != nil {
				return err
			}
			if pages {
				out.Served = append(out.Served, a)
			} else {
				out.Alarms = append(out.Alarms, a)
			}
		}
	}
	if out.Trials, err = tryAll(data, *seed); err != nil {
		return err
	}
	for i := range data.normal {
		list, err := ordinaryOf(&data.normal[i])
		if err != nil {
			return err
		}
		out.Ordinary = append(out.Ordinary, list...)
	}
	return printFindings(&out, *asJSON)
}

// printFindings prints what a command found: tables, or one JSON object.
func printFindings(out interface{ print(io.Writer) }, asJSON bool) error {
	if !asJSON {
		out.print(os.Stdout)
		return nil
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

// export writes all sessions as HAR files.
func export(dir string, data *dataset) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("writing HAR files: %w", err)
	}
	for _, list := range [][]session{data.sessions, data.normal} {
		for i := range list {
			if err := writeHAR(dir, &list[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
