package caddymodule

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// write makes a file with its folders and returns the key of the script it is.
func write(t testing.TB, root, path string) baseline.Key {
	t.Helper()
	name := filepath.Join(root, path)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("<?php\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return baseline.Key{Root: root, Path: path}
}

func TestFileIsLookedAt(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(root+"/dir.php", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, root, "/there.php")
	write(t, root, "/dir.php/inside.php")
	write(t, filepath.Dir(root), "/above.php")
	if err := os.Symlink("there.php", root+"/link.php"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere.php", root+"/dangling.php"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop.php", root+"/loop.php"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]detector.FileState{
		"/there.php":                        detector.FileThere,
		"/link.php":                         detector.FileThere,
		"/dir.php/inside.php":               detector.FileThere,
		"/dir.php":                          detector.FileOther,
		"/missing.php":                      detector.FileMissing,
		"/missing/a.php":                    detector.FileMissing,
		"/there.php/a.php":                  detector.FileMissing,
		"/dangling.php":                     detector.FileMissing,
		"/loop.php":                         detector.FileUnknown,
		"/THERE.php":                        detector.FileMissing,
		"/../above.php":                     detector.FileMissing,
		"/dir.php/../../above.php":          detector.FileMissing,
		"/" + strings.Repeat("x", 300):      detector.FileMissing,
		"/" + strings.Repeat("x/", 3000):    detector.FileMissing,
		"/" + strings.Repeat("x", 1<<16):    detector.FileMissing,
		"/there.php" + string([]byte{0xff}): detector.FileMissing,
	} {
		if got := newFiles().Stat(baseline.Key{Root: root, Path: path}); got.State != want {
			t.Errorf("%.40q: state %d, want %d", path, got.State, want)
		}
	}
}

// The error for a NUL is EINVAL, which is not fs.ErrInvalid to package errors.
func TestFileNamedWithNULIsMissing(t *testing.T) {
	if got := newFiles().Stat(baseline.Key{Root: t.TempDir(), Path: "/a\x00b.php"}); got.State != detector.FileMissing {
		t.Errorf("%+v", got)
	}
}

func TestFileCannotBeMadeToLookOld(t *testing.T) {
	root := t.TempDir()
	dropped := time.Now().Add(-time.Minute)
	key := write(t, root, "/x.php")
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := os.Chtimes(root+key.Path, old, old); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(root + key.Path); err != nil || !info.ModTime().Equal(old) {
		t.Fatalf("touch does not work here: %v", err)
	}
	if file := newFiles().Stat(key); file.Changed.Before(dropped) {
		t.Errorf("it looks as old as %v", file.Changed)
	}
}

func TestFileIsRememberedForSeconds(t *testing.T) {
	root := t.TempDir()
	t.Run("but never that it is missing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { // no time passes
			f := newFiles()
			if file := f.Stat(baseline.Key{Root: root, Path: "/soon.php"}); file.State != detector.FileMissing {
				t.Fatalf("%+v", file)
			}
			if file := f.Stat(write(t, root, "/soon.php")); file.State != detector.FileThere {
				t.Errorf("a file that was just dropped: %+v", file)
			}
		})
	})
	t.Run("and looked at again then", func(t *testing.T) {
		key := write(t, root, "/a.php")
		synctest.Test(t, func(t *testing.T) {
			f := newFiles()
			f.Stat(key)
			if err := os.Remove(root + key.Path); err != nil {
				t.Fatal(err)
			}
			if file := f.Stat(key); file.State != detector.FileThere {
				t.Errorf("at once: %+v", file)
			}
			time.Sleep(fileFresh)
			if file := f.Stat(key); file.State != detector.FileMissing {
				t.Errorf("later: %+v", file)
			}
		})
	})
	t.Run("by root and path", func(t *testing.T) {
		f := newFiles()
		f.Stat(write(t, root, "/app/a.php"))
		if file := f.Stat(baseline.Key{Root: root, Path: "/b.php"}); file.State != detector.FileMissing {
			t.Errorf("another path: %+v", file)
		}
		if file := f.Stat(baseline.Key{Root: root + "/other", Path: "/app/a.php"}); file.State != detector.FileMissing {
			t.Errorf("another root: %+v", file)
		}
	})
	t.Run("in bounded memory", func(t *testing.T) {
		f := newFiles()
		key := write(t, root, "/many.php")
		for n := range 70 * 70 { // as many names of one file
			f.Stat(baseline.Key{Root: root + strings.Repeat("/.", n%70), Path: strings.Repeat("/.", n/70) + key.Path})
			if len(f.looks) == 0 {
				t.Fatal("nothing is remembered")
			}
		}
		if len(f.looks) > maxFileLooks {
			t.Errorf("%d looks", len(f.looks))
		}
	})
}

func TestRoot(t *testing.T) {
	root := t.TempDir()
	write(t, root, "/x.php")
	quiet := func(t *testing.T, config string) bool {
		u := provision(t, config)
		// A file newer than learning that is sent a payload.
		u.serve(rootedAt(root, post("/x.php", visitor)), answer)
		list := u.alerts()
		if len(list) != 1 {
			t.Fatalf("%v", list)
		}
		for _, s := range list[0]["signals"].([]any) {
			if s.(map[string]any)["name"] == "materialised" {
				return false
			}
		}
		return true
	}
	for config, want := range map[string]bool{
		`{}`:                                       false, // from the root directive
		`{"root":"off"}`:                           true,
		`{"root":"` + root + `"}`:                  false,
		`{"root":"` + root + `/elsewhere"}`:        true,
		`{"root":"{http.vars.root}"}`:              false,
		`{"root":"{http.vars.root}/"}`:             false,
		`{"root":"{http.vars.nothing}"}`:           true,
		`{"root":"{http.request.header.X-Root}/"}`: true,
	} {
		t.Run("with "+strings.ReplaceAll(config, root, "ROOT"), func(t *testing.T) {
			if got := quiet(t, config); got != want {
				t.Errorf("the file is no evidence: %v, want %v", got, want)
			}
		})
	}
	t.Run("that is empty is none, never the working directory", func(t *testing.T) {
		for _, s := range []string{"", "{http.vars.nothing}"} {
			o, err := parseRoot(s)
			if err != nil {
				t.Fatal(err)
			}
			r := get("/x.php", visitor)
			if got := o.of(r, varsOf(r)); got != "" {
				t.Errorf("%q: %q", s, got)
			}
		}
	})
	t.Run("off makes no look at files at all", func(t *testing.T) {
		u := provision(t, `{"root":"off"}`)
		r := rootedAt(root, get("/x.php", visitor))
		if got := u.root.of(r, varsOf(r)); got != "" {
			t.Errorf("%q", got)
		}
	})
}
