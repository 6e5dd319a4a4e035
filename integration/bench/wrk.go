package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// load is what wrk does in one run.
type load struct{ seconds, connections int }

var ratePattern = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

// ask has wrk ask for the URL and returns the requests answered in a second. A
// request that failed fails the run. A server that is just starting is given a
// moment.
func (l load) ask(url string) (float64, error) {
	var out []byte
	var err error
	for range 20 {
		out, err = exec.Command("wrk", "-t", "1", "-c", strconv.Itoa(l.connections), "-d", strconv.Itoa(l.seconds)+"s", url).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "unable to connect") {
			break
		}
		time.Sleep(250 * time.Millisecond)
	}
	if err != nil {
		return 0, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	if text := string(out); strings.Contains(text, "Non-2xx") || strings.Contains(text, "Socket errors") {
		return 0, fmt.Errorf("requests to %s failed:\n%s", url, text)
	}
	m := ratePattern.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("wrk printed no rate:\n%s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}
