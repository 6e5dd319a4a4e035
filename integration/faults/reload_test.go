package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/process"
)

const (
	reloads  = 200 // every other one is broken
	visitors = 4
	scripts  = 300
)

// ask asks both sites for a path, on connections that are kept alive, and reports
// whether the guarded one answered as the bare one did.
func ask(client *http.Client, guarded, bare, path string) error {
	answer := func(addr string) string {
		r, err := client.Get("http://" + addr + path)
		if err != nil {
			return "failed" // Caddy closes connections when it reloads, a client asks again
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		return fmt.Sprint(r.StatusCode, string(b), err)
	}
	want := answer(bare)
	got := answer(guarded)
	for range 3 { // a request that met a closing connection says nothing of the guard
		if got == want || got != "failed" && want != "failed" {
			break
		}
		want, got = answer(bare), answer(guarded)
	}
	if got != want {
		return fmt.Errorf("%s: %s, bare %s", path, got, want)
	}
	return nil
}

// TestReloadsUnderLoad reloads a good and a broken configuration in turn while
// visitors ask.
func TestReloadsUnderLoad(t *testing.T) {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	guarded, err := process.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	bare, err := process.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	global := "storage file_system " + dir + "/storage"
	sites := func(mode, learn string) string {
		const answer = "\trespond \"{path} is here\"\n}\n"
		return fmt.Sprintf("http://%s {\n\twebshell_guard %s {\n\t\tsite shop\n\t\tlearn %s\n\t}\n%shttp://%s {\n%s", guarded, mode, learn, answer, bare, answer)
	}
	c, err := process.Start(process.Config{Dir: dir, Global: global, Sites: sites("log", "1h")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Stop() }()
	client := &http.Client{Timeout: 30 * time.Second}
	for n := range scripts {
		if err := ask(client, guarded, bare, fmt.Sprintf("/%d.php", n)); err != nil {
			t.Fatal(err)
		}
	}
	known := profiles(t, c)
	if known != scripts {
		t.Fatalf("%d scripts are known of %d", known, scripts)
	}
	before := goroutines(t, c)

	var wait sync.WaitGroup
	var asked atomic.Int64
	var over atomic.Bool
	failed := make(chan error, visitors)
	for v := range visitors {
		wait.Go(func() {
			client := &http.Client{Timeout: 30 * time.Second}
			defer client.CloseIdleConnections()
			for n := v; !over.Load(); n++ {
				if err := ask(client, guarded, bare, fmt.Sprintf("/%d.php", n%scripts)); err != nil {
					failed <- err
					return
				}
				asked.Add(1)
			}
		})
	}
	for n := range reloads {
		mode, learn := []string{"log", "tag", "block"}[n%3], "1h"
		if n%2 == 1 {
			learn = "1h 95" // more than certain
		}
		if err := c.Load(global, sites(mode, learn)); (err == nil) != (n%2 == 0) {
			t.Fatalf("reload %d: %v", n, err)
		}
	}
	over.Store(true)
	wait.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	if asked.Load() < reloads {
		t.Errorf("only %d requests were made meanwhile", asked.Load())
	}
	if n := profiles(t, c); n != known {
		t.Errorf("%d scripts are known, %d were before", n, known)
	}
	client.CloseIdleConnections()
	after := 0
	for range 60 { // servers of earlier configurations have a grace period
		if after = goroutines(t, c); after <= before+visitors {
			break
		}
		time.Sleep(250 * time.Millisecond)
	}
	if after > before+visitors {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
	t.Logf("%d reloads, %d requests; goroutines %d, then %d", reloads, asked.Load(), before, after)
}

// profiles returns how many scripts the site knows.
func profiles(t *testing.T, c *process.Caddy) (n int) {
	t.Helper()
	text, err := c.Admin("/webshell_guard/sites/shop")
	if err != nil {
		t.Fatal(err)
	}
	var status struct{ Scripts map[string]int }
	if err := json.Unmarshal([]byte(text), &status); err != nil {
		t.Fatal(err)
	}
	for _, count := range status.Scripts {
		n += count
	}
	return n
}

func goroutines(t *testing.T, c *process.Caddy) (n int) {
	t.Helper()
	text, err := c.Admin("/debug/pprof/goroutine?debug=1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(strings.SplitN(text, "\n", 2)[0], "goroutine profile: total %d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}
