package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// logsAt is where the logs of each site lie in the data directory. They are named
// after the repositories they come from.
var logsAt = []struct{ name, repository, pattern string }{
	{"dmjacas", "dmjacas/logs", "dmjacas_logs/*access*"},
	{"chandra729", "chandra729/theglobalreportlog2", "chandra729_theglobalreportlog2/access.log*"},
	{"ait", "ait-aecid/aminer-configuration-engine", "ait-aecid_aminer-configuration-engine/*access*.log*"},
	{"elastic", "elastic/examples", "elastic_examples/apache_logs"},
}

const (
	trafficRepository = "ca01h/WebShell-Traffic-Dataset"
	maliciousAt       = "webshell_traffic/malicious/*.json"
	normalAt          = "webshell_traffic/normal/*.json"
)

// dataset is all that is measured on.
type dataset struct {
	sites    []*site
	sessions []session
	normal   []session
	missing  []string // what was not there, in words
}

// load reads what there is of the data. It is an error if there are no sites.
func load(dir string, fraction float64) (*dataset, error) {
	data := new(dataset)
	for _, at := range logsAt {
		files, err := filepath.Glob(filepath.Join(dir, at.pattern))
		if err != nil {
			return nil, fmt.Errorf("data directory %q: %w", dir, err)
		}
		if len(files) == 0 {
			data.missing = append(data.missing, fmt.Sprintf("%s: no files of github.com/%s", at.pattern, at.repository))
			continue
		}
		entries, malformed, err := readSite(files)
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			data.missing = append(data.missing, fmt.Sprintf("%s: no requests in it", at.pattern))
			continue
		}
		data.sites = append(data.sites, newSite(at.name, entries, malformed, fraction))
	}
	if len(data.sites) == 0 {
		return nil, fmt.Errorf("data directory %q holds none of the logs: %v", dir, data.missing)
	}
	var err error
	if data.sessions, err = loadSessions(dir, maliciousAt, &data.missing); err != nil {
		return nil, err
	}
	data.normal, err = loadSessions(dir, normalAt, &data.missing)
	return data, err
}

func loadSessions(dir, pattern string, missing *[]string) (list []session, err error) {
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		return nil, fmt.Errorf("data directory %q: %w", dir, err)
	}
	if len(files) == 0 {
		*missing = append(*missing, fmt.Sprintf("%s: no files of github.com/%s", pattern, trafficRepository))
	}
	slices.Sort(files)
	for _, name := range files {
		s, err := readZeek(name)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// session is recorded traffic with headers and bodies, in the order of time.
type session struct {
	name      string
	exchanges []recorded
}

// recorded is an exchange with what an access log has not.
type recorded struct {
	detector.Exchange
	uri            string
	body           []byte // as much as was recorded
	answer         []byte
	responseHeader map[string][]string
}

// readable reports a file that cannot be read by its name alone.
func readable(name string) (*os.File, error) {
	file, err := os.Open(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("reading the data: %w", err)
	}
	return file, nil
}

// duration is from the first exchange to the last.
func (s *session) duration() time.Duration {
	return s.exchanges[len(s.exchanges)-1].Time.Sub(s.exchanges[0].Time)
}
