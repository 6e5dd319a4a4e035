// Package lab is what the tests with real servers share: a Caddy with the guard, PHP-FPM, a site to
// protect, and its visitors. Whatever it starts ends with the test that asked for it.
package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Binary is the Caddy under test: the one that WEBSHELL_GUARD_CADDY names, such
// as a build by xcaddy, or examples/caddy with the race detector.
func Binary(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("WEBSHELL_GUARD_CADDY"); path != "" {
		return path
	}
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// root is the top of the checkout: all tests with a Caddy are in a folder of integration/.
const root = "../.."

// built makes bin/caddy-race in the checkout, where each package of tests that needs it
// finds it: go builds nothing that is up to date. They run at the same time, and the first
// one builds.
var built = sync.OnceValues(func() (string, error) {
	bin, err := filepath.Abs(filepath.Join(root, "bin"))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", err
	}
	lock, err := os.Create(filepath.Join(bin, "caddy-race.lock"))
	if err != nil {
		return "", err
	}
	defer lock.Close() // which unlocks it
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("waiting for another build of examples/caddy: %w", err)
	}
	path := filepath.Join(bin, "caddy-race")
	out, err := exec.Command("go", "build", "-C", root, "-race", "-o", path, "./examples/caddy").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building examples/caddy: %w\n%s", err, out)
	}
	return path, nil
})
