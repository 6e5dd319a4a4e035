package caddymodule

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// nobody is an account without rights.
const nobody = 65534

// asNobody has f look at files as an account without rights, whoever runs the test.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Getuid() == 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		must(t, syscall.Setfsuid(nobody))
		defer syscall.Setfsuid(0)
	}
	f()
}

// openRoot is a document root that anybody may enter.
func openRoot(t *testing.T) string {
	root := t.TempDir()
	must(t, os.Chmod(filepath.Dir(root), 0o755), os.Chmod(root, 0o755))
	return root
}

func TestFileThatMayNotBeLookedAt(t *testing.T) {
	root, f := openRoot(t), newFiles()
	key := write(t, root, "/private/deep/x.php")
	link := baseline.Key{Root: root, Path: "/linked/x.php"}
	must(t, os.Symlink(root+"/private/deep", root+"/linked"), os.Chmod(root+"/private", 0))
	t.Cleanup(func() { _ = os.Chmod(root+"/private", 0o755) })
	asNobody(t, func() {
		for _, key := range []baseline.Key{key, link, {Root: root, Path: "/private/missing.php"}} {
			if file := f.Stat(key); file.State != detector.FileUnknown || !file.Hidden {
				t.Errorf("%s: %+v", key.Path, file)
			}
		}
		for _, key := range []baseline.Key{{Root: root, Path: "/missing.php"}, {Root: root + "/private", Path: "/x.php"}, {Root: root + "/private/deep", Path: "/x.php"}} {
			if file := f.Stat(key); file.Hidden {
				t.Errorf("%s under %s: %+v", key.Path, key.Root, file)
			}
		}
		if faults := strings.Join(f.closed.faults(), "\n"); !strings.Contains(faults, `"`+root+`/private"`) {
			t.Errorf("the faults are %q", faults)
		}
	})
	must(t, os.Chmod(root+"/private", 0o755))
	asNobody(t, func() {
		if faults := f.closed.faults(); len(faults) > 0 {
			t.Errorf("it may be looked at: %q", faults)
		}
	})
}

func TestClosedDirectoriesAreBounded(t *testing.T) {
	root, f := openRoot(t), newFiles()
	for n := range 3 * maxClosedDirectories {
		write(t, root, fmt.Sprintf("/p%d/x.php", n))
		must(t, os.Chmod(fmt.Sprintf("%s/p%d", root, n), 0))
	}
	asNobody(t, func() {
		for n := range 3 * maxClosedDirectories {
			f.Stat(baseline.Key{Root: root, Path: fmt.Sprintf("/p%d/x.php", n)})
		}
		if n := len(f.closed.faults()); n != maxClosedDirectories {
			t.Errorf("%d faults", n)
		}
	})
}

func TestStatusNamesClosedDirectories(t *testing.T) {
	root := openRoot(t)
	u := provision(t, `{"mode":"block","root":"`+root+`"}`)
	write(t, root, "/private/x.php")
	must(t, os.Chmod(root+"/private", 0))
	asNobody(t, func() {
		_, err := u.serve(post("/private/x.php", stranger), answer)
		if err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("a payload where nobody may look: %v", err)
		}
		faults := strings.Join(u.app.faults(u.app.guarded()[0], u.site.memory.Load().Site, time.Now()), "\n")
		if !strings.Contains(faults, root+"/private") {
			t.Errorf("the faults are %q", faults)
		}
	})
}
