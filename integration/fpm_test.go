package integration

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// startFPM runs Debian's PHP-FPM with a pool of its own, as the unprivileged
// www-data if the tests run as root, and returns its socket.
func startFPM(t *testing.T) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/sbin/php-fpm*")
	if len(found) == 0 {
		t.Fatal("PHP-FPM is missing: install Debian's php-fpm")
	}
	dir := shortDir(t)
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

// site is a document root that PHP can read and, under uploads, write.
type site struct {
	t    *testing.T
	root string
	// ran is a directory outside the root where scripts leave a mark, which
	// proves that they were executed.
	ran string
}

// newSite makes a small PHP application: a front controller with pretty URLs, a
// page that is only read, a form, and a directory for uploads.
func newSite(t *testing.T) *site {
	t.Helper()
	base := shortDir(t)
	s := &site{t: t, root: filepath.Join(base, "root"), ran: filepath.Join(base, "ran")}
	for _, dir := range []string{base, s.root, filepath.Join(s.root, "uploads")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o755); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(s.ran, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		uid, gid := webAccount(t)
		if err := os.Chown(s.ran, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	s.put("index.php", `<!doctype html><html lang="en"><head><title>home</title><link rel="stylesheet" href="/style.css"></head><body><h1>A small shop</h1><p>You asked for <?php echo htmlspecialchars($_SERVER["REQUEST_URI"]);`)
	s.put("about.php", `<!doctype html><title>about</title><p>about us since <?php echo date("Y");`)
	s.put("contact.php", `<!doctype html><title>contact</title><p>thank you, <?php echo htmlspecialchars($_POST["name"] ?? "nobody");`)
	s.put("style.css", "p { margin: 0 }")
	s.put("uploads/photo.png", "not really a picture")
	return s
}

// put writes a file of the site.
func (s *site) put(name, content string) {
	s.t.Helper()
	file := filepath.Join(s.root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// drop writes a script that says what it was told, and leaves a mark when run.
func (s *site) drop(name string) {
	s.t.Helper()
	s.put(name, fmt.Sprintf(`<?php touch(%q . basename(__FILE__));
echo "ran by ", $_SERVER["REQUEST_METHOD"], ", told: ", $_SERVER["HTTP_X_WEBSHELL_GUARD"] ?? "nothing";`, s.ran+"/"))
}

// executed reports whether a dropped script ran since it was last asked.
func (s *site) executed(name string) bool {
	return os.Remove(filepath.Join(s.ran, filepath.Base(name))) == nil
}

func webAccount(t *testing.T) (uid, gid int) {
	t.Helper()
	u, err := user.Lookup("www-data")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ = strconv.Atoi(u.Uid)
	gid, _ = strconv.Atoi(u.Gid)
	return uid, gid
}
