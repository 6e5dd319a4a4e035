package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// contents lists the files of a directory.
func contents(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		names = append(names, entry.Name())
	}
	return names
}

func TestReplaceFile(t *testing.T) {
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	check := func(t *testing.T, name, want string) {
		t.Helper()
		got, err := os.ReadFile(name)
		if err != nil || string(got) != want {
			t.Errorf("got %q %v, want %q", got, err, want)
		}
		info, err := os.Lstat(name)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("got mode %v %v, want a file of 0600", info.Mode(), err)
		}
		if list := contents(t, filepath.Dir(name)); len(list) != 1 {
			t.Errorf("left behind: %v", list)
		}
	}
	t.Run("a new file", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "list")
		if err := replaceFile(name, text("new")); err != nil {
			t.Fatal(err)
		}
		check(t, name, "new")
	})
	t.Run("a file that others could read", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(name, []byte("old, and longer"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := replaceFile(name, text("new")); err != nil {
			t.Fatal(err)
		}
		check(t, name, "new")
	})
	t.Run("a symbolic link, not what it points to", func(t *testing.T) {
		other, name := filepath.Join(t.TempDir(), "other"), filepath.Join(t.TempDir(), "list")
		if err := errors.Join(os.WriteFile(other, []byte("precious"), 0o600), os.Symlink(other, name)); err != nil {
			t.Fatal(err)
		}
		if err := replaceFile(name, text("new")); err != nil {
			t.Fatal(err)
		}
		check(t, name, "new")
		check(t, other, "precious")
	})
	t.Run("nothing, if writing fails half-way", func(t *testing.T) {
		name, full := filepath.Join(t.TempDir(), "list"), errors.New("full")
		if err := replaceFile(name, text("old")); err != nil {
			t.Fatal(err)
		}
		err := replaceFile(name, func(w io.Writer) error { return errors.Join(text("half")(w), full) })
		if !errors.Is(err, full) {
			t.Error(err)
		}
		check(t, name, "old")
	})
	t.Run("not in a directory that is not there", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "none", "list")
		if err := replaceFile(name, text("new")); err == nil || err.Error() != "saving: open "+name+": no such file or directory" {
			t.Error(err)
		}
	})
}

// The file was written under a fixed name at first, name.part: whoever may write to the
// directory could plant a link there, and have another file overwritten.
func TestPlantedPartFile(t *testing.T) {
	dir, log := t.TempDir(), oldLog(t)
	root := filepath.Join(dir, "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for action, args := range map[string][]string{
		"train":    {"train", log},
		"replay":   {"replay", log},
		"manifest": {"manifest", root},
	} {
		t.Run(action, func(t *testing.T) {
			victim, name := filepath.Join(dir, action+".victim"), filepath.Join(dir, action)
			if err := errors.Join(os.WriteFile(victim, []byte("precious"), 0o644), os.Symlink(victim, name+".part")); err != nil {
				t.Fatal(err)
			}
			if _, err := command(t, append(args, "--save", name)...); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(victim); err != nil || string(got) != "precious" {
				t.Errorf("overwritten: %.20q %v", got, err)
			}
			if info, err := os.Lstat(name); err != nil || info.Mode() != 0o600 {
				t.Errorf("%v %v", info, err)
			}
			if _, err := os.Lstat(name + ".part"); err != nil {
				t.Error("the link has gone, which was not ours")
			}
		})
	}
}
