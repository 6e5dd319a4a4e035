// Crs plays recorded sessions through Coraza with the OWASP Core Rule Set, as a
// peer of the detector:
//
//	go run ../ detection -data DIR -har HAR
//	go run . HAR/*.har
//
// Each request is inspected with its whole recorded body, and each response, at paranoia
// levels 1 and 2, with the default thresholds (5 for requests, 4 for responses).
// A request that is blocked interrupts nothing but itself. A table in Markdown is
// printed.
package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "crs:", err)
		os.Exit(1)
	}
}

func run(files []string) error {
	if len(files) == 0 {
		return errors.New("want HAR files")
	}
	fmt.Println("| recording | paranoia | requests | blocked | first blocked | blocked by response only | with a rule of 955 | rules that matched (requests) |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, level := range []int{1, 2} {
		waf, err := newWAF(level)
		if err != nil {
			return err
		}
		total, sessions, requests := tally{rules: make(map[int]int)}, 0, 0
		for _, name := range files {
			entries, err := readHAR(name)
			if err != nil {
				return err
			}
			sum := tally{rules: make(map[int]int)}
			for i := range entries {
				v, err := inspect(waf, &entries[i])
				if err != nil {
					return fmt.Errorf("%s: request %d: %w", name, i+1, err)
				}
				sum.add(i, v)
			}
			sum.print(strings.TrimSuffix(filepath.Base(name), ".har"), level, len(entries))
			requests += len(entries)
			total.blocked, total.byResponse, total.shells = total.blocked+sum.blocked, total.byResponse+sum.byResponse, total.shells+sum.shells
			if sum.blocked > 0 {
				sessions++
			}
			for id, n := range sum.rules {
				total.rules[id] += n
			}
		}
		total.print(fmt.Sprintf("all: %d of %d with something blocked", sessions, len(files)), level, requests)
	}
	return nil
}

// newWAF returns the rule set at a paranoia level, set to block.
func newWAF(level int) (coraza.WAF, error) {
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(fmt.Sprintf(`
Include @coraza.conf-recommended
SecRuleEngine On
SecResponseBodyAccess On
SecAuditEngine Off
SecRequestBodyLimit 134217728
Include @crs-setup.conf.example
SecAction "id:900000,phase:1,pass,nolog,setvar:tx.blocking_paranoia_level=%d"
Include @owasp_crs/*.conf
`, level)))
	if err != nil {
		return nil, fmt.Errorf("loading the rules: %w", err)
	}
	return waf, nil
}

// tally counts what became of a recording.
type tally struct {
	blocked, first, byResponse, shells int
	rules                              map[int]int
}

func (t *tally) add(i int, v verdict) {
	if v.request || v.response {
		t.blocked++
		if t.first == 0 {
			t.first = i + 1
		}
	}
	if v.response && !v.request {
		t.byResponse++
	}
	if slices.ContainsFunc(v.rules, func(id int) bool { return id/1000 == 955 }) {
		t.shells++
	}
	for _, id := range v.rules {
		t.rules[id]++
	}
}

// mostRules is how many rules a line names.
const mostRules = 6

func (t *tally) print(name string, level, total int) {
	ids := slices.SortedFunc(maps.Keys(t.rules), func(a, b int) int {
		if t.rules[a] != t.rules[b] {
			return t.rules[b] - t.rules[a]
		}
		return a - b
	})
	var list []string
	for _, id := range ids[:min(len(ids), mostRules)] {
		list = append(list, fmt.Sprintf("%d (%d)", id, t.rules[id]))
	}
	first := "–"
	if t.first > 0 {
		first = fmt.Sprint(t.first)
	}
	fmt.Printf("| %s | %d | %d | %d | %s | %d | %d | %s |\n", name, level, total, t.blocked, first, t.byResponse, t.shells, strings.Join(list, ", "))
}
