// Package ftw runs the suites of go-ftw in the folders here, one for each site of the Caddyfiles.
package ftw

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	"github.com/coreruleset/go-ftw/config"
	"github.com/coreruleset/go-ftw/output"
	"github.com/coreruleset/go-ftw/runner"
	"github.com/coreruleset/go-ftw/test"
	"github.com/rs/zerolog"

	_ "github.com/webshell-guard/caddy-webshell-guard/caddymodule"
	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// ftwSites are the sites of Caddyfile; the suites of each are in the folder
// of its name.
var ftwSites = []string{"log", "rooted", "tag", "block", "strict"}

// TestFTW runs the go-ftw suites in process against a real Caddy, whose access
// log is the log that go-ftw reads. go-ftw keeps globals: nothing is parallel.
func TestFTW(t *testing.T) {
	zerolog.SetGlobalLevel(zerolog.ErrorLevel)
	dir, ports := startFTW(t)
	for _, site := range ftwSites {
		t.Run(site, func(t *testing.T) {
			suites, err := test.GetTestsFromFiles(filepath.Join(site, "*.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			for _, s := range suites {
				want += len(s.Tests)
			}
			stats, printed := runFTW(t, dir, ports[site], suites)
			if want == 0 || stats.Run != want {
				t.Errorf("%d of %d tests ran", stats.Run, want)
			}
			// Of a test with several stages only the last one's result counts;
			// each that fails is printed.
			if n := stats.TotalFailed(); n > 0 || strings.Contains(printed, " failed in ") || len(stats.Skipped)+len(stats.Ignored)+len(stats.ForcedPass) > 0 {
				t.Errorf("%d failed: %v\n%s", n, stats.Failed, printed)
			}
			t.Logf("%d suites, %d tests passed", len(suites), len(stats.Success))
		})
	}
	t.Run("a wrong expectation fails", func(t *testing.T) {
		wrong := `---
rule_id: 1
tests:
  - test_id: 1
    stages:
      - input: {dest_addr: 127.0.0.1, method: GET, uri: /about.php, headers: {Host: localhost}}
        output: {log: {expect_ids: [1001]}}
`
		suite, err := test.GetTestFromYaml([]byte(wrong), "wrong.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if stats, _ := runFTW(t, dir, ports["log"], []*test.FTWTest{suite}); stats.TotalFailed() != 1 {
			t.Errorf("%d failed", stats.TotalFailed())
		}
	})
}

// runFTW runs suites against a port and returns go-ftw's statistics, and what
// it printed of failures.
func runFTW(t *testing.T, dir string, port int, suites []*test.FTWTest) (*runner.RunStats, string) {
	t.Helper()
	cfg := config.NewDefaultConfig()
	cfg.WithLogfile(filepath.Join(dir, "access.json"))
	cfg.WithMaxMarkerRetries(50)
	cfg.TestOverride.Overrides.Port = &port
	var printed strings.Builder
	done, err := runner.Run(cfg, suites, &runner.RunnerConfig{ShowOnlyFailed: true, ReadTimeout: 10 * time.Second},
		output.NewOutput(string(output.Plain), &printed))
	if err != nil {
		t.Fatal(err)
	}
	return done.Stats, printed.String()
}

// startFTW runs Caddy with the sites, has each learn, and then makes a file.
func startFTW(t *testing.T) (dir string, ports map[string]int) {
	t.Helper()
	dir = lab.ShortDir(t)
	root := filepath.Join(dir, "root")
	for _, name := range []string{
		"index.php", "about.php", "contact.php", "style.css", "old.php", ".well-known/x.php",
		"uploads/photo.png", "uploads/x.php", "uploads/y.php", ".hidden/x.php", "cache/a/x.php",
	} {
		makeFile(t, filepath.Join(root, name))
	}
	for c := 'a'; c <= 'n'; c++ {
		makeFile(t, filepath.Join(root, fmt.Sprintf("new-%c.php", c)))
	}
	ports = map[string]int{"backend": lab.FreePort(t)}
	t.Setenv("FTW_DIR", dir)
	for _, site := range ftwSites {
		ports[site] = lab.FreePort(t)
	}
	for name, port := range ports {
		t.Setenv("FTW_"+strings.ToUpper(name), fmt.Sprint(port))
	}
	loadCaddyfile(t, "Caddyfile")
	// A site without visits ends its learning after the minimum time. One visit
	// to each keeps it learning until it has been taught, however long that takes.
	for _, site := range ftwSites {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/index.php", ports[site]))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	for _, site := range ftwSites {
		teachFTW(t, ports[site])
	}
	lab.AwaitEnforcing(t, dir, len(ftwSites))
	makeFile(t, filepath.Join(root, "fresh.php"))
	return dir, ports
}

func makeFile(t *testing.T, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// teachFTW is lab.Visitor.Teach from the networks 10.1.1.0/24 to 10.1.40.0/24.
func teachFTW(t *testing.T, port int) {
	t.Helper()
	learn := func(method, path string, network int) {
		r, err := http.NewRequest(method, fmt.Sprintf("http://127.0.0.1:%d%s", port, path), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.1.%d.1", network))
		r.Header.Set("Referer", "http://127.0.0.1/")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %d", method, path, resp.StatusCode)
		}
	}
	for network := 1; network <= 10; network++ {
		learn(http.MethodGet, "/index.php", network)
		learn(http.MethodPost, "/contact.php", network)
	}
	for n := range 100 {
		learn(http.MethodGet, "/index.php", 1+n%40)
		learn(http.MethodGet, "/about.php", 1+n%40)
	}
}

// loadCaddyfile runs the Caddyfile of this directory until the test ends.
func loadCaddyfile(t *testing.T, name string) {
	t.Helper()
	caddyfile, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(caddyfile, map[string]any{"filename": name})
	if err != nil {
		t.Fatal(err)
	}
	if err := caddy.Load(adapted, true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Error(err)
		}
	})
}
