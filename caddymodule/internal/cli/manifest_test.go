package cli

import (
	"os"
	"path/filepath"
	"testing"
)

func TestManifestCommand(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"index.php", "a/b.jsp", "a/readme.txt", "old.inc"} {
		os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755)
		os.WriteFile(filepath.Join(root, name), nil, 0o644)
	}
	if out, err := command(t, "manifest", root); err != nil || out != "/a/b.jsp\n/index.php\n" {
		t.Errorf("%q %v", out, err)
	}
	if out, err := command(t, "manifest", "--scripts", ".inc", root); err != nil || out != "/old.inc\n" {
		t.Errorf("%q %v", out, err)
	}
	file := filepath.Join(root, "list")
	if out, err := command(t, "manifest", "--save", file, root); err != nil || out != "" {
		t.Errorf("%q %v", out, err)
	}
	if saved, err := os.ReadFile(file); err != nil || string(saved) != "/a/b.jsp\n/index.php\n" {
		t.Errorf("%q %v", saved, err)
	}
	os.MkdirAll(filepath.Join(root, "uploads"), 0o755)
	os.WriteFile(filepath.Join(root, "uploads", "x.php"), nil, 0o644)
	if out, err := command(t, "manifest", "--json", root); err != nil || out != `{"listed":["/uploads/x.php"],"scripts":["/a/b.jsp","/index.php"]}`+"\n" {
		t.Errorf("%q %v", out, err)
	}
}
