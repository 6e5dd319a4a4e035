// Package redteam plays the attacks of docs/red-team.md, and holds it to what becomes of them.
package redteam

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// attack is a row of docs/red-team.md. What it does returns the result; want is
// the result today, which for a loss says so.
type attack struct {
	name string
	want string
	try  func(*testing.T) string
}

// attacks are all of them, in the order of docs/red-team.md.
var attacks = slices.Concat(
	learningAttacks, proxyAttacks, floodAttacks, patienceAttacks, hiddenGetAttacks, identityAttacks, shortNameAttacks, denialAttacks,
	deployAttacks, changeAttacks, clockAttacks, sharingAttacks, answerAttacks, phpAttacks, backdoorAttacks, fileAttacks, bodyAttacks, teachingAttacks, endpointAttacks, operationAttacks, provenAttacks,
)

// TestRedTeamTable runs every attack, and holds docs/red-team.md to what became
// of it.
func TestRedTeamTable(t *testing.T) {
	var mu sync.Mutex
	results := make(map[string]string)
	t.Run("attacks", func(t *testing.T) {
		for _, a := range attacks {
			t.Run(a.name, func(t *testing.T) {
				t.Parallel()
				got := a.try(t)
				t.Logf("| %s | %s |", a.name, got)
				if got != a.want {
					t.Errorf("the result is %q, not %q", got, a.want)
				}
				mu.Lock()
				defer mu.Unlock()
				results[a.name] = got
			})
		}
	})
	published := publishedRows(t)
	var names []string
	for _, row := range published {
		names = append(names, row[0])
		if result, tried := results[row[0]]; tried && result != row[2] {
			t.Errorf("docs/red-team.md says of %q: %q; it is %q", row[0], row[2], result)
		}
	}
	var all []string
	for _, a := range attacks {
		all = append(all, a.name)
	}
	if !slices.Equal(names, all) {
		t.Errorf("docs/red-team.md has the rows\n%s\nnot\n%s", strings.Join(names, "\n"), strings.Join(all, "\n"))
	}
}

// publishedRows reads the rows of the tables in docs/red-team.md.
func publishedRows(t *testing.T) (rows [][]string) {
	t.Helper()
	b, err := os.ReadFile("../../docs/red-team.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], "`", ""))
		}
		if cells[0] != "attack" && strings.Trim(cells[0], "-") != "" {
			rows = append(rows, cells)
		}
	}
	return rows
}
