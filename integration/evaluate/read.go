package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/accesslog"
)

// readSite reads the files of one site's log, in the order of time.
func readSite(files []string) (list []detector.Exchange, malformed int, err error) {
	for _, name := range files {
		exchanges, bad, err := readFile(name)
		if err != nil {
			return nil, 0, fmt.Errorf("reading %s: %w", name, err)
		}
		list, malformed = append(list, exchanges...), malformed+bad
	}
	slices.SortStableFunc(list, func(a, b detector.Exchange) int { return a.Time.Compare(b.Time) })
	return list, malformed, nil
}

func readFile(name string) (list []detector.Exchange, malformed int, err error) {
	file, err := os.Open(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = file.Close() }() // it was only read
	reader, err := accesslog.Open(file, accesslog.Auto)
	if err != nil {
		return nil, 0, err
	}
	for {
		entry, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return list, reader.Malformed(), nil
		}
		if err != nil {
			return nil, 0, err
		}
		list = append(list, entry.Exchange)
	}
}
