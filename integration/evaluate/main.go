// Evaluate measures the detector on data that nobody here wrote.
//
//	go run ./integration/evaluate learning LOG...
//
// measures learning. Each LOG is name=file,file,…: the files of one site's log, in
// any order and in any format that package accesslog reads. It prints a table in
// Markdown, or with --json an object a line.
//
//	go run ./integration/evaluate detection -data DIR [-json] [-seed 1] [-learn-fraction 0.5] [-har DIR]
//
// measures detection: recorded sessions of webshells are spliced into logs of
// sites, by time, and played through the detector and through simple rules. The data
// is public, is taken from its repositories by hand, and stays out of this one.
// DIR holds of each repository on GitHub the files named, flat in the folder:
//
//	dmjacas_logs/                             dmjacas/logs: *access*
//	chandra729_theglobalreportlog2/           chandra729/theglobalreportlog2: access.log*
//	ait-aecid_aminer-configuration-engine/    ait-aecid/aminer-configuration-engine:
//	                                          data/intranet.*-access{5..2}.log
//	elastic_examples/                         elastic/examples:
//	                                          Common Data Formats/apache_logs/apache_logs
//	webshell_traffic/malicious/               ca01h/WebShell-Traffic-Dataset:
//	                                          Dataset/train/log/malicious/*.json
//	webshell_traffic/normal/                  the same: Dataset/train/log/normal/*.json
//
//	go run ./integration/evaluate applications -data DIR [-json] [-seed 1] [-learn-fraction 0.5] [-sessions 5] [-all] [-only PART]
//
// measures, on the same data, what happens inside applications: shells on known
// routes, new operations of front controllers, shells that are there while a site is
// learned, attackers who prepare, and how many commands take effect in block mode. It
// also plays made-up sites that change for months, for their false alerts.
//
// What is not there is named, and the rest is measured. Nothing in the data is
// executed. With -har the sessions are written as HAR files, which is what the
// command in crs plays through the OWASP Core Rule Set.
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
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	switch command {
	case "learning":
		return learning(args[1:])
	case "detection":
		return detection(args[1:])
	case "applications":
		return applications(args[1:])
	}
	return errors.New("want: learning [--json] LOG..., each LOG name=file,file,…; or detection -data DIR; or applications -data DIR")
}

func learning(args []string) error {
	flags := flag.NewFlagSet("evaluate learning", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print an object a line")
	if err := flags.Parse(args); err != nil {
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
