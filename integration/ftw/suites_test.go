package ftw

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coreruleset/go-ftw/test"
)

// TestFTWSuitesSaySomething looks for what go-ftw passes over in silence: a
// file it cannot read, a test that shares its ID, a stage without expectations.
func TestFTWSuitesSaySomething(t *testing.T) {
	files, err := filepath.Glob("*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d suites: %v", len(files), err)
	}
	ids := map[string]string{}
	for _, file := range files {
		// A file that is no valid YAML is skipped with a warning.
		suites, err := test.GetTestsFromFiles(file)
		if err != nil || len(suites) != 1 || len(suites[0].Tests) == 0 {
			t.Errorf("%s: %d suites read: %v", file, len(suites), err)
			continue
		}
		for _, c := range suites[0].Tests {
			if other, ok := ids[c.IdString()]; ok {
				t.Errorf("%s and %s both have a test %s", other, file, c.IdString())
			}
			ids[c.IdString()] = file
			if len(c.Stages) == 0 {
				t.Errorf("%s: test %s has no stages", file, c.IdString())
			}
			for i, s := range c.Stages {
				o := s.Output
				logs := len(o.Log.ExpectIds) + len(o.Log.NoExpectIds) + len(o.Log.MatchRegex) + len(o.Log.NoMatchRegex)
				if o.Status == 0 && o.ResponseContains == "" && logs == 0 {
					t.Errorf("%s: test %s, stage %d expects nothing", file, c.IdString(), i)
				}
			}
		}
	}
}

// TestFTWFailuresAreSeen proves that each kind of expectation can fail, so that
// the suites' silence means something.
func TestFTWFailuresAreSeen(t *testing.T) {
	dir, ports := startHostile(t)
	const known, fresh = "/about.php", "/fresh.php"
	for _, c := range []struct{ name, uri, right, wrong string }{
		{"status", known, "status: 200", "status: 403"},
		{"answer", known, `response_contains: 'told: \[\]'`, `response_contains: 'told: \[header'`},
		{"missing ID", fresh, "log: {expect_ids: [1001]}", "log: {expect_ids: [1002]}"},
		{"unwanted ID", fresh, "log: {no_expect_ids: [1002]}", "log: {no_expect_ids: [1001]}"},
		{"missing field", fresh, `log: {match_regex: '"webshell_guard"'}`, `log: {no_match_regex: '"webshell_guard"'}`},
		{"unwanted field", known, `log: {no_match_regex: '"webshell_guard"'}`, `log: {match_regex: '"webshell_guard"'}`},
	} {
		if failed := stagesFailed(t, dir, ports["paths"], c.uri, c.right); failed != 0 {
			t.Errorf("%s: what is right fails", c.name)
		}
		if failed := stagesFailed(t, dir, ports["paths"], c.uri, c.wrong); failed != 1 {
			t.Errorf("%s: what is wrong passes", c.name)
		}
		// go-ftw's statistics know only how the last stage ended.
		if failed := stagesFailed(t, dir, ports["paths"], c.uri, c.wrong, c.right); failed != 1 {
			t.Errorf("%s: what is wrong in an earlier stage passes", c.name)
		}
	}
}

// stagesFailed runs a test that asks for the same with each expectation in
// turn, and returns how many stages go-ftw printed as failed.
func stagesFailed(t *testing.T, dir string, port int, uri string, outputs ...string) int {
	t.Helper()
	suite := "---\nrule_id: 1\ntests:\n  - test_id: 1\n    stages:\n"
	for _, output := range outputs {
		suite += fmt.Sprintf(`      - input: {dest_addr: 127.0.0.1, uri: %s, headers: {Host: localhost, X-Forwarded-For: 198.51.230.1}}
        output: {%s}
`, uri, output)
	}
	tests, err := test.GetTestFromYaml([]byte(suite), "wrong.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, printed := runFTW(t, dir, port, []*test.FTWTest{tests})
	return strings.Count(printed, " failed in ")
}
