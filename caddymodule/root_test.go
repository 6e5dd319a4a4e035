package caddymodule

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// A root that does not exist was accepted in silence.
func TestMissingRoot(t *testing.T) {
	o := operate(t, "shop")
	load := func(t *testing.T, root string) {
		t.Helper()
		if err := o.load(fmt.Sprintf("webshell_guard {\nsite shop\nlearn 9h 0.5\nroot %s\n}\nrespond page", root)); err != nil {
			t.Fatal(err)
		}
		o.client.CloseIdleConnections()
	}
	check := func(t *testing.T, faults ...string) {
		t.Helper()
		if got, want := fmt.Sprint(o.must(t, "GET", "sites/shop", "")["faults"]), fmt.Sprint(faults); got != want {
			t.Errorf("got faults %s, want %s", got, want)
		}
		for _, fault := range faults {
			o.logged(1, func(l logLine) bool { return l.Level == "warn" && l.Msg == fault && l.Site == "shop" })
		}
	}
	root, file := filepath.Join(o.dir, "html"), filepath.Join(o.dir, "log.json")
	t.Run("is a fault", func(t *testing.T) {
		load(t, root)
		check(t, fmt.Sprintf("root %q does not exist: no script's file is found", root))
	})
	t.Run("until it is there", func(t *testing.T) {
		if err := os.Mkdir(root, 0o755); err != nil {
			t.Fatal(err)
		}
		check(t)
	})
	t.Run("or is a file", func(t *testing.T) {
		load(t, file)
		check(t, fmt.Sprintf("root %q is not a directory: no script's file is found", file))
	})
	t.Run("not if a request says it, or nobody", func(t *testing.T) {
		for _, option := range []string{"{http.request.header.X-Root}/none", "off"} {
			load(t, option)
			check(t)
		}
	})
}
