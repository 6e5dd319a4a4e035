package lab

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// StartFPM runs Debian's PHP-FPM with a pool of its own, as the unprivileged
// www-data if the tests run as root, and returns its socket.
func StartFPM(t *testing.T) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/sbin/php-fpm*")
	if len(found) == 0 {
		t.Fatal("PHP-FPM is missing: install Debian's php-fpm")
	}
	dir := ShortDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "fpm.sock")
	account := ""
	if os.Getuid() == 0 {
		account = "user = www-data\ngroup = www-data\nlisten.owner = www-data\n"
	}
	config := fmt.Sprintf(`[global]
error_log = %[1]s/fpm.log
[www]
%[2]slisten = %[3]s
listen.mode = 0666
pm = static
pm.max_children = 2
catch_workers_output = yes
`, dir, account, socket)
	file := filepath.Join(dir, "fpm.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	// opcache would answer for a file that has just been replaced or removed.
	cmd := exec.Command(found[0], "--nodaemonize", "-n", "--fpm-config", file)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("unix", socket); err == nil {
			conn.Close()
			return socket
		}
	}
	t.Fatalf("php-fpm does not start:\n%s", out.String())
	return ""
}
