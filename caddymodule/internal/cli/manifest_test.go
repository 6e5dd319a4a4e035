package cli

import (
	"os"
	"path/filepath"
	"strings"
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

func TestManifestOfASubtree(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"index.php", "a/b.jsp", "uploads/x.php"} {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)
		os.WriteFile(filepath.Join(dir, name), nil, 0o644)
	}
	for _, prefix := range []string{"/shop", "/shop/"} {
		if out, err := command(t, "manifest", "--json", "--prefix", prefix, dir); err != nil || out != `{"listed":["/shop/uploads/x.php"],"scripts":["/shop/a/b.jsp","/shop/index.php"]}`+"\n" {
			t.Errorf("%s: %q %v", prefix, out, err)
		}
	}
	if out, err := command(t, "manifest", "--json", "--prefix", "/media", dir); err != nil || out != `{"listed":["/media/a/b.jsp","/media/index.php","/media/uploads/x.php"],"scripts":[]}`+"\n" {
		t.Errorf("among data by its prefix: %q %v", out, err)
	}
	for _, prefix := range []string{"", "/"} {
		if out, err := command(t, "manifest", "--json", "--prefix", prefix, filepath.Join(dir, "a")); err != nil || out != `{"listed":[],"scripts":["/b.jsp"]}`+"\n" {
			t.Errorf("%q is the document root: %q %v", prefix, out, err)
		}
	}
	for _, prefix := range []string{"shop", "/shop/..", "/../shop", "/./shop", "//shop", "//", "/shop//", "/sh%6fp", `\shop`, "/shop/index.php", "/shop."} {
		if out, err := command(t, "manifest", "--prefix", prefix, dir); err == nil {
			t.Errorf("%s is accepted: %s", prefix, out)
		}
	}
	list := filepath.Join(dir, "list")
	os.WriteFile(list, []byte("/index.php\n"), 0o600)
	for _, args := range [][]string{{"--manifest", list, "--prefix", "/shop"}, {"--prefix", "/shop"}, {"--allow-missing"}} {
		if _, err := command(t, append([]string{"deploy", "site"}, args...)...); err == nil || !strings.Contains(err.Error(), "want") {
			t.Errorf("%v: %v", args, err)
		}
	}
}
