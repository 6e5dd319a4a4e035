package ftw

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coreruleset/go-ftw/test"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// TestFTWHostile runs the suites of paths and headers that are meant to mislead
// the guard. Behind a server that answers 404 to odd spellings nothing could
// ever be reported, right or wrong: this upstream answers them all.
func TestFTWHostile(t *testing.T) {
	dir, ports := startHostile(t)
	for _, site := range []string{"paths", "headers"} {
		t.Run(site, func(t *testing.T) {
			suites, err := test.GetTestsFromFiles(filepath.Join(site, "*.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			passFTW(t, dir, ports[site], suites)
		})
	}
	t.Run("paths of 64 KiB", func(t *testing.T) {
		passFTW(t, dir, ports["paths"], []*test.FTWTest{longPaths(t)})
	})
	// A guard that fails on a request passes it on in silence, which looks like
	// a clean one: only its log tells them apart.
	noFaults(t, dir)
}

// passFTW fails the test unless all of the suites ran and passed.
func passFTW(t *testing.T, dir string, port int, suites []*test.FTWTest) {
	t.Helper()
	want := 0
	for _, s := range suites {
		want += len(s.Tests)
	}
	stats, printed := runFTW(t, dir, port, suites)
	// Of several stages go-ftw counts only the last; each that fails is printed.
	if want == 0 || len(stats.Success) != want || stats.Run != want || strings.Contains(printed, " failed in ") {
		t.Errorf("%d of %d tests passed, failed: %v\n%s", len(stats.Success), want, stats.Failed, printed)
	}
}

// noFaults fails the test if Caddy or the guard logged an error.
func noFaults(t *testing.T, dir string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "log.json"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var e struct{ Level string }
		if err := json.Unmarshal([]byte(line), &e); err != nil || !slices.Contains([]string{"debug", "info", "warn"}, e.Level) {
			t.Errorf("logged: %.2000s", line)
		}
	}
}

// longPaths returns tests with request lines that are better not kept in a file.
func longPaths(t *testing.T) *test.FTWTest {
	t.Helper()
	const length = 64 << 10
	suite := "---\nrule_id: 1902\ntests:\n"
	for i, c := range []struct{ uri, output string }{
		{strings.Repeat("/", length) + "about.php", `no_match_regex: '"webshell_guard"'`},
		{strings.Repeat("/.", length/2) + "/about.php", `no_match_regex: '"webshell_guard"'`},
		{strings.Repeat("/x/..", length/5) + "/about.php", `no_match_regex: '"webshell_guard"'`},
		{"/about.php" + strings.Repeat(";x=1", length/4), `no_match_regex: '"webshell_guard"'`},
		{"/about.php/" + strings.Repeat("a", length), `no_match_regex: '"webshell_guard"'`},
		{"/about%" + strings.Repeat("25", length/2) + "2ephp", `no_match_regex: '"webshell_guard"'`},
		{"/" + strings.Repeat("a", length) + ".php", `expect_ids: [1001]`},
		{"/" + strings.Repeat("d/", length/2) + "x.php", `expect_ids: [1001]`},
		{strings.Repeat("/a.php", length/6), `expect_ids: [1001]`},
	} {
		raw := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 198.51.220.%d\r\nConnection: close\r\n\r\n", c.uri, i+1)
		suite += fmt.Sprintf(`  - test_id: %d
    stages:
      - input: {dest_addr: 127.0.0.1, encoded_request: %s}
        output: {status: 200, log: {%s}}
`, i+1, base64.StdEncoding.EncodeToString([]byte(raw)), c.output)
	}
	tests, err := test.GetTestFromYaml([]byte(suite), "long.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return tests
}

// startHostile runs Caddy with the sites of hostile.Caddyfile, and has each
// learn.
func startHostile(t *testing.T) (dir string, ports map[string]int) {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(showHeaders))
	t.Cleanup(upstream.Close)
	dir = lab.ShortDir(t)
	ports = map[string]int{"paths": lab.FreePort(t), "headers": lab.FreePort(t)}
	t.Setenv("FTW_DIR", dir)
	t.Setenv("FTW_PATHS", fmt.Sprint(ports["paths"]))
	t.Setenv("FTW_HEADERS", fmt.Sprint(ports["headers"]))
	t.Setenv("FTW_UPSTREAM", upstream.URL[strings.LastIndexByte(upstream.URL, ':')+1:])
	loadCaddyfile(t, "hostile.Caddyfile")
	// A site without visits ends its learning after the minimum time. One visit
	// to each keeps it learning until it has been taught, however long that takes.
	for _, port := range ports {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/index.php", port))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	for _, port := range ports {
		teachFTW(t, port)
	}
	lab.AwaitEnforcing(t, dir, len(ports))
	return dir, ports
}

// showHeaders answers 200 with whatever header or trailer may be taken for the
// guard's.
func showHeaders(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body) // trailers come after it
	var told []string
	for kind, header := range map[string]http.Header{"header": r.Header, "trailer": r.Trailer} {
		for name, values := range header {
			if strings.Contains(strings.ToLower(name), "guard") {
				told = append(told, fmt.Sprintf("%s %s: %s", kind, name, strings.Join(values, "|")))
			}
		}
	}
	slices.Sort(told)
	fmt.Fprintf(w, "ran, told: [%s]\n", strings.Join(told, "; "))
}
