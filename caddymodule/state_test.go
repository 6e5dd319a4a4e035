package caddymodule

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// dropped asks for a dropped script and returns the status.
func (c *running) dropped() int {
	c.t.Helper()
	resp, _ := c.post("/uploads/plain.php")
	return resp.StatusCode
}

func TestStateSurvives(t *testing.T) {
	address := upstream(t, shellApplication)
	site := func(mode string) string { return fmt.Sprintf(reportSite, mode, address) }
	c := newRunning(t)
	c.learnedSite(site("log"))
	state, err := poolSite("report")
	if err != nil {
		t.Fatal(err)
	}
	memory := state.memory.Load()
	if err := state.leave(); err != nil {
		t.Fatal(err)
	}

	t.Run("a reload, whose options hold at once", func(t *testing.T) {
		if got := c.dropped(); got != http.StatusOK {
			t.Fatal(got)
		}
		c.mustLoad(site("block"))
		if state.memory.Load() != memory {
			t.Error("the memory is another")
		}
		if got := c.dropped(); got != http.StatusForbidden {
			t.Errorf("%d", got)
		}
	})
	t.Run("a reload that fails, which changes nothing", func(t *testing.T) {
		for _, broken := range []string{
			site("log") + "webshell_guard log {\n\tsite report\n\tmax_scripts 7\n}", // refused when provisioned
			site("log") + fmt.Sprintf("}\nhttp://:%s {\nbind 192.0.2.1\n", "1"),     // refused when started
		} {
			if err := c.load(broken); err == nil {
				t.Fatal("loaded")
			}
			if got := c.dropped(); got != http.StatusForbidden {
				t.Errorf("%d", got)
			}
			if n, _ := sites.References("report"); n != 1 {
				t.Errorf("%d references to the site", n)
			}
		}
	})
	t.Run("a restart", func(t *testing.T) {
		if err := caddy.Stop(); err != nil {
			t.Fatal(err)
		}
		if _, used := sites.References("report"); used {
			t.Fatal("a stopped Caddy still uses the site")
		}
		c.mustLoad(strings.Replace(site("block"), "learn 1s", "learn 1h", 1))
		if got := c.dropped(); got != http.StatusForbidden {
			t.Errorf("%d: it learns anew", got)
		}
		if resp, _ := c.get("/index.php"); resp.StatusCode != http.StatusOK {
			t.Errorf("%d", resp.StatusCode)
		}
	})
	t.Run("a corrupt snapshot: kept aside, learning, not blocking", func(t *testing.T) {
		if err := caddy.Stop(); err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(c.dir, "storage", "webshell_guard", "report")
		for name := range tree(t, folder) {
			if err := os.WriteFile(name, []byte("garbage"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c.mustLoad(strings.Replace(site("block"), "learn 1s", "learn 1h", 1))
		if got := c.dropped(); got != http.StatusOK {
			t.Errorf("%d: it blocks without a baseline", got)
		}
		if log := c.read("log.json"); !strings.Contains(log, "the stored baseline could not be used") || !strings.Contains(log, "corrupt snapshot") {
			t.Error("the log does not say so")
		}
		if aside, _ := filepath.Glob(filepath.Join(folder, "corrupt.*")); len(aside) == 0 {
			t.Error("nothing was kept aside")
		}
	})
}

func TestStorageThatFailsStopsNoRequest(t *testing.T) {
	c := newRunning(t)
	site := fmt.Sprintf(reportSite, "block", upstream(t, shellApplication))
	// A file where the folder should be.
	if err := os.MkdirAll(filepath.Join(c.dir, "storage"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.dir, "storage", "webshell_guard"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.learnedSite(site)
	if got := c.dropped(); got != http.StatusForbidden {
		t.Errorf("%d", got)
	}
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(c.read("log.json"), "saving the baseline failed") {
		t.Error("the log does not say that nothing was saved")
	}
}
