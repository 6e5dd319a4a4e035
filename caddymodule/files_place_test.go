package caddymodule

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// settle lets the clock of files go on, which stands still for a tick of the kernel.
func settle(t *testing.T) time.Time {
	t.Helper()
	probe := filepath.Join(t.TempDir(), "clock")
	first := time.Time{}
	for {
		if err := os.WriteFile(probe, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		now, _ := changedAt(probe)
		if first.IsZero() {
			first = now
		}
		if now.After(first) {
			return now
		}
		os.Remove(probe)
		time.Sleep(time.Millisecond)
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A file says when it changed, and not when it came where it lies.
func TestOldFileInANewPlaceIsNew(t *testing.T) {
	for name, place := range map[string]func(t *testing.T, outside, root string){
		"its directory was moved": func(t *testing.T, outside, root string) {
			must(t, os.Rename(outside+"/lib", root+"/lib"))
		},
		"the directory above was moved": func(t *testing.T, outside, root string) {
			must(t, os.Mkdir(outside+"/up", 0o755), os.Rename(outside+"/lib", outside+"/up/lib"))
			settle(t)
			must(t, os.Rename(outside+"/up", root+"/up"))
		},
		"its directory was linked": func(t *testing.T, outside, root string) {
			must(t, os.Symlink(outside+"/lib", root+"/lib"))
		},
		"a directory above was linked": func(t *testing.T, outside, root string) {
			must(t, os.Symlink(outside, root+"/up"))
		},
		"it was linked": func(t *testing.T, outside, root string) {
			must(t, os.Mkdir(root+"/lib", 0o755), os.Symlink(outside+"/lib/x.php", root+"/lib/x.php"))
		},
		"it was linked hard": func(t *testing.T, outside, root string) {
			must(t, os.Mkdir(root+"/lib", 0o755), os.Link(outside+"/lib/x.php", root+"/lib/x.php"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			base := t.TempDir()
			outside, root := base+"/outside", base+"/root"
			write(t, outside, "/lib/x.php")
			must(t, os.MkdirAll(root, 0o755))
			learned := settle(t)
			place(t, outside, root)
			key := write(t, base, "/other.php")
			key.Root, key.Path = root, "/lib/x.php"
			if _, err := os.Stat(root + "/up"); err == nil {
				key.Path = "/up/lib/x.php"
			}
			if file := newFiles().Stat(key); file.State != detector.FileThere || file.Changed.Before(learned) || file.Settled.Before(learned) {
				t.Errorf("%+v: want a change after %v", file, learned)
			}
		})
	}
}

func TestOldFileBesideANewOne(t *testing.T) {
	base := t.TempDir()
	root := base + "/root"
	key := write(t, root, "/lib/old.php")
	learned := settle(t)
	write(t, root, "/lib/new.php")
	file := newFiles().Stat(key)
	if !file.Changed.Before(learned) {
		t.Errorf("what is put beside it changes it: %+v", file)
	}
	if file.Settled.Before(learned) {
		t.Errorf("it is as settled as if nothing had moved there: %+v", file)
	}
	write(t, base, "/beside-the-root")
	write(t, root, "/at-the-root.php")
	if file := newFiles().Stat(write(t, root, "/at-the-root.php")); file.Settled.After(file.Changed) {
		t.Errorf("the root is no part of its name: %+v", file)
	}
}

func TestChangesOfKnownScripts(t *testing.T) {
	root := t.TempDir()
	key := write(t, root, "/app/sub/a.php")
	learned := settle(t)
	paths := func(c detector.Changes) (list []string) {
		for _, f := range c.Configurations {
			if f.Changed.Before(learned) {
				t.Errorf("%s: %v", f.Path, f.Changed)
			}
			list = append(list, f.Path)
		}
		return list
	}
	if c := newFiles().Changes(key); !c.File.Before(learned) || len(c.Configurations) > 0 {
		t.Errorf("nothing was changed: %+v", c)
	}
	for _, name := range []string{"/.user.ini", "/app/.htaccess", "/app/sub/web.config", "/other/.htaccess", "/app/sub/deeper/.user.ini"} {
		write(t, root, name)
	}
	must(t, os.Symlink("nowhere", root+"/app/.user.ini"))
	c := newFiles().Changes(key)
	want := map[string]bool{"/.user.ini": true, "/app/.htaccess": true, "/app/.user.ini": true, "/app/sub/web.config": true}
	for _, path := range paths(c) {
		if !want[path] {
			t.Errorf("%s is not on the path of the script", path)
		}
		delete(want, path)
	}
	if len(want) > 0 {
		t.Errorf("not seen: %v", want)
	}
	write(t, root, key.Path)
	must(t, os.Chmod(root+key.Path, 0o600))
	if c := newFiles().Changes(key); c.File.Before(learned) {
		t.Errorf("its file: %v, want a change after %v", c.File, learned)
	}
}

func TestLooksAtConfigurationAreBounded(t *testing.T) {
	root, f := t.TempDir(), newFiles()
	key := write(t, root, "/a/b/c/d/e/f/g.php")
	f.Changes(key)
	looks := len(f.configured)
	write(t, root, "/a/.htaccess")
	if c := f.Changes(key); len(c.Configurations) > 0 || len(f.configured) != looks {
		t.Errorf("it was looked at again: %+v", c)
	}
	for n := range maxConfigurationLooks + 10 {
		f.configurationIn(root, filepath.Join(root, "dir", time.Duration(n).String()))
	}
	if len(f.configured) > maxConfigurationLooks {
		t.Errorf("%d looks are remembered", len(f.configured))
	}
}
