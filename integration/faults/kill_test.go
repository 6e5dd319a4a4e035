package main

import (
	"os"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/process"
)

func TestMain(m *testing.M) {
	process.MaybeCaddy()
	os.Exit(m.Run())
}

// shortDir is a temporary directory whose name leaves room for a socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// `go run ./integration/faults -kills 100` is the long form.
func TestKillsLoseNothing(t *testing.T) {
	t.Parallel()
	if err := kill(shortDir(t), 10, uint64(time.Now().UnixNano()), func(line string) { t.Log(line) }); err != nil {
		t.Error(err)
	}
}
