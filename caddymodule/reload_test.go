package caddymodule

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// memoryOf returns what is known of a site in use.
func memoryOf(t testing.TB, site string) *detector.Memory {
	t.Helper()
	var m *detector.Memory
	sites.Range(func(key, value any) bool {
		if key == site {
			m = value.(*siteState).memory.Load()
		}
		return true
	})
	if m == nil {
		t.Fatalf("site %s is not open", site)
	}
	return m
}

// snapshotIn returns the files of the guard in the storage folder, with their
// contents.
func snapshotIn(t testing.TB, storage string) map[string]string {
	t.Helper()
	files := map[string]string{}
	root := filepath.Join(storage, "webshell_guard")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		files[name] = string(content)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return files
}

const learnedSite = `
	webshell_guard %s {
		site shop
		learn %s
		threshold %s
	}
	reverse_proxy %s
`

func TestReload(t *testing.T) {
	upstream := newMirror(t)
	dir := t.TempDir()
	seed(t, dir+"/storage", "shop")
	c := startIn(t, dir, fmt.Sprintf(learnedSite, "log", "1s 0", "10 16", upstream.URL))
	before := memoryOf(t, "shop")
	c.ask(stranger, "POST", "/x.php")
	// x.php is one script more than the two learned.
	known := func(t *testing.T) {
		t.Helper()
		m := memoryOf(t, "shop")
		if m != before || m.Scripts.Count(baseline.Trusted) != 2 || m.Scripts.Lookup(baseline.Key{Path: "/x.php"}) == nil {
			t.Errorf("%d trusted scripts, %d provisional", m.Scripts.Count(baseline.Trusted), m.Scripts.Count(baseline.Provisional))
		}
		if n, _ := sites.References("shop"); n != 1 {
			t.Errorf("%d references", n)
		}
	}
	status := func(method, path string) int {
		resp, _ := c.ask(stranger, method, path)
		return resp.StatusCode
	}
	t.Run("changes the mode and keeps what was learned", func(t *testing.T) {
		if s := status("GET", "/x.php"); s != 200 {
			t.Errorf("before: %d", s)
		}
		if err := c.load(fmt.Sprintf(learnedSite, "block", "1s 0", "10 10", upstream.URL)); err != nil {
			t.Fatal(err)
		}
		if a, b := status("GET", "/x.php"), status("GET", "/index.php"); a != 403 || b != 200 {
			t.Errorf("after: new %d, known %d", a, b)
		}
		known(t)
	})
	t.Run("changes what the site learns under", func(t *testing.T) {
		if err := c.load(fmt.Sprintf(learnedSite, "block", "9h 0.5", "10 10", upstream.URL)); err != nil {
			t.Fatal(err)
		}
		if s := status("GET", "/y.php"); s != 403 {
			t.Errorf("a site that enforces went back to learning: %d", s)
		}
		known(t)
	})
	for name, broken := range map[string]string{
		"that the guard refuses":            "webshell_guard log {\nsite shop\n}\nwebshell_guard log {\nsite shop\nmax_scripts 7\n}",
		"that another handler refuses":      "webshell_guard log {\nsite shop\n}\nreverse_proxy {\nfail_duration 1s\ntransport http {\ntls_client_auth nowhere.pem nowhere.key\n}\nto 127.0.0.1:1\n}",
		"that does not start":               "bind 192.0.2.1\nwebshell_guard log {\nsite shop\n}",
		"with another site that goes wrong": "webshell_guard log {\nsite other\n}\nwebshell_guard log\nwebshell_guard log",
	} {
		t.Run(name+" changes nothing", func(t *testing.T) {
			if err := c.load(broken); err == nil {
				t.Fatal("it is accepted")
			}
			if a, b := status("GET", "/z.php"), status("GET", "/index.php"); a != 403 || b != 200 {
				t.Errorf("new %d, known %d", a, b)
			}
			known(t)
			for _, site := range []string{"other", "default"} {
				if n, exists := sites.References(site); exists {
					t.Errorf("%s has %d references", site, n)
				}
			}
			if s, _, err := baseline.Open("shop", objectsIn(t, c.storage(), "shop"), time.Now()); err != nil || s.Scripts.Count(baseline.Trusted) != 2 {
				t.Errorf("stored: %d trusted scripts, %v", s.Scripts.Count(baseline.Trusted), err)
			}
		})
	}
	t.Run("without the guard lets its site go", func(t *testing.T) {
		if err := c.load(`respond "hello"`); err != nil {
			t.Fatal(err)
		}
		noReferences(t)
	})
	t.Run("with the guard again finds what was saved", func(t *testing.T) {
		if err := c.load(fmt.Sprintf(learnedSite, "block", "1s 0", "10 10", upstream.URL)); err != nil {
			t.Fatal(err)
		}
		m := memoryOf(t, "shop")
		if m == before || m.Scripts.Count(baseline.Trusted) != 2 || m.Scripts.Lookup(baseline.Key{Path: "/x.php"}) == nil {
			t.Errorf("%d trusted scripts, %d provisional", m.Scripts.Count(baseline.Trusted), m.Scripts.Count(baseline.Provisional))
		}
	})
	c.sound()
}

func TestRestart(t *testing.T) {
	upstream := newMirror(t)
	dir := t.TempDir()
	c := startIn(t, dir, fmt.Sprintf(learnedSite, "log", "9h 0", "10 16", upstream.URL))
	t.Run("keeps what was learned, and the phase", func(t *testing.T) {
		c := c.in(t)
		c.ask(visitor, "GET", "/a.php")
		if err := c.load(fmt.Sprintf(learnedSite, "log", "1ms 0", "10 16", upstream.URL)); err != nil {
			t.Fatal(err)
		}
		c.logged(1, func(l logLine) bool { return l.Msg == "learning has ended, enforcing" && l.Site == "shop" })
		c.ask(visitor, "GET", "/new.php")
		closed := memoryOf(t, "shop").Phases.Closed()
		c.stop()
		noReferences(t)
		again := startIn(t, dir, fmt.Sprintf(learnedSite, "block", "9h 0.95", "10 10", upstream.URL))
		if m := memoryOf(t, "shop"); m.Scripts.Count(baseline.Trusted) != 1 || m.Scripts.Count(baseline.Provisional) != 1 || closed.IsZero() || !m.Phases.Closed().Equal(closed) {
			t.Errorf("%d trusted and %d provisional scripts, closed %v, before %v", m.Scripts.Count(baseline.Trusted), m.Scripts.Count(baseline.Provisional), m.Phases.Closed(), closed)
		}
		for path, want := range map[string]int{"/a.php": 200, "/new.php": 403} {
			if resp, _ := again.ask(stranger, "GET", path); resp.StatusCode != want {
				t.Errorf("%s: %d", path, resp.StatusCode)
			}
		}
		again.logged(1, func(l logLine) bool { return l.Msg == "enforcing" && l.Site == "shop" })
		again.stop()
	})
	t.Run("writes nothing when nothing changed", func(t *testing.T) {
		stored := snapshotIn(t, c.storage())
		startIn(t, dir, fmt.Sprintf(learnedSite, "log", "1s 0", "10 16", upstream.URL)).stop()
		if got := snapshotIn(t, c.storage()); !maps.Equal(got, stored) {
			t.Errorf("%d files, before %d", len(got), len(stored))
		}
	})
	t.Run("without a storage that works goes on, and says so", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.MkdirAll(dir+"/storage", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/storage/webshell_guard", []byte("a file where the folder should be"), 0o600); err != nil {
			t.Fatal(err)
		}
		c := startIn(t, dir, fmt.Sprintf(learnedSite, "block", "9h 0", "10 10", upstream.URL))
		if resp, _ := c.ask(visitor, "GET", "/a.php"); resp.StatusCode != 200 {
			t.Errorf("%d", resp.StatusCode)
		}
		c.stop()
		for _, l := range c.logged(1, func(l logLine) bool { return strings.HasPrefix(l.Msg, "saving the baseline failed") }) {
			if l.Level != "error" || l.Site != "shop" || l.Error == "" {
				t.Errorf("%+v", l)
			}
		}
	})
}
