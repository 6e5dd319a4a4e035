package lab

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
)

// Site is a document root that PHP can read and, under uploads, write.
type Site struct {
	Root string
	// Ran is a directory outside the root where scripts leave a mark, which
	// proves that they were executed.
	Ran string

	t *testing.T
}

// NewSite makes a small PHP application: a front controller with pretty URLs, a
// page that is only read, a form, and a directory for uploads.
func NewSite(t *testing.T) *Site {
	t.Helper()
	base := ShortDir(t)
	s := &Site{t: t, Root: filepath.Join(base, "root"), Ran: filepath.Join(base, "ran")}
	for _, dir := range []string{base, s.Root, filepath.Join(s.Root, "uploads")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o755); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(s.Ran, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		uid, gid := webAccount(t)
		if err := os.Chown(s.Ran, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	s.Put("index.php", `<!doctype html><html lang="en"><head><title>home</title><link rel="stylesheet" href="/style.css"></head><body><h1>A small shop</h1><p>You asked for <?php echo htmlspecialchars($_SERVER["REQUEST_URI"]);`)
	s.Put("about.php", `<!doctype html><title>about</title><p>about us since <?php echo date("Y");`)
	s.Put("contact.php", `<!doctype html><title>contact</title><p>thank you, <?php echo htmlspecialchars($_POST["name"] ?? "nobody");`)
	s.Put("style.css", "p { margin: 0 }")
	s.Put("uploads/photo.png", "not really a picture")
	return s
}

// EmptySite is a document root without an application, that nothing runs.
func EmptySite(t *testing.T) *Site {
	t.Helper()
	return &Site{t: t, Root: ShortDir(t)}
}

// Put writes a file of the site.
func (s *Site) Put(name, content string) {
	s.t.Helper()
	file := filepath.Join(s.Root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// Drop writes a script that says what it was told, and leaves a mark when run.
func (s *Site) Drop(name string) {
	s.t.Helper()
	s.Put(name, fmt.Sprintf(`<?php touch(%q . basename(__FILE__));
echo "ran by ", $_SERVER["REQUEST_METHOD"], ", told: ", $_SERVER["HTTP_X_WEBSHELL_GUARD"] ?? "nothing";`, s.Ran+"/"))
}

// Executed reports whether a dropped script ran since it was last asked.
func (s *Site) Executed(name string) bool {
	return os.Remove(filepath.Join(s.Ran, filepath.Base(name))) == nil
}

// AnyExecuted lists the dropped scripts that ran, and forgets them.
func (s *Site) AnyExecuted() (ran []string) {
	s.t.Helper()
	entries, err := os.ReadDir(s.Ran)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		if s.Executed(e.Name()) {
			ran = append(ran, e.Name())
		}
	}
	return ran
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
