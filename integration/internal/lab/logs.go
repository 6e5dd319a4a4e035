package lab

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Entry is a line of the access log, as far as it matters.
type Entry struct {
	Status  int `json:"status"`
	Request struct {
		URI    string `json:"uri"`
		Method string `json:"method"`
	} `json:"request"`
	Guard *Finding `json:"webshell_guard"`
}

// Finding is the guard's field of the access log.
type Finding struct {
	Verdict, Script, Mode, Action, Stage string

	Score   float64
	Signals []struct {
		ID   int
		Name string
		Bits float64
		Why  string
	}
}

// Has reports whether the signal is in the finding, and nil has none.
func (f *Finding) Has(id int) bool {
	if f == nil {
		return false
	}
	for _, s := range f.Signals {
		if s.ID == id {
			return true
		}
	}
	return false
}

// Logged returns the access log's entry of the request that carried the mark in
// its query.
func (c *Caddy) Logged(mark string) Entry {
	c.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for lines := bufio.NewScanner(strings.NewReader(c.Read("access.json"))); lines.Scan(); {
			var e Entry
			if json.Unmarshal(lines.Bytes(), &e) == nil && strings.Contains(e.Request.URI, mark) {
				return e
			}
		}
	}
	c.t.Fatalf("the access log has no request with %s:\n%s", mark, c.Read("access.json"))
	return Entry{}
}

// Enforcing waits until the guard says that as many sites have ended learning.
func (c *Caddy) Enforcing(sites int) {
	c.t.Helper()
	AwaitEnforcing(c.t, c.Dir, sites)
}

// AwaitEnforcing is Caddy.Enforcing for any Caddy that logs to log.json in a directory.
func AwaitEnforcing(t *testing.T, dir string, sites int) {
	t.Helper()
	var log []byte
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		log, _ = os.ReadFile(filepath.Join(dir, "log.json"))
		if strings.Count(string(log), "learning has ended") >= sites {
			return
		}
	}
	t.Fatalf("learning does not end:\n%s", log)
}
