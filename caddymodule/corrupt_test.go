package caddymodule

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// damage rewrites a file of the guard in the storage folder. The name may be a
// pattern; nil deletes the file.
func damage(t *testing.T, storage, name string, how func([]byte) []byte) (damaged []byte) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(storage, "webshell_guard", name))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v", name, err)
	}
	file := names[len(names)-1] // the newest generation's
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged = how(content)
	if damaged == nil {
		err = os.Remove(file)
	} else {
		err = os.WriteFile(file, damaged, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return damaged
}

var corruptions = []struct {
	name, file string
	how        func([]byte) []byte
}{
	{"garbage", "shop/manifest.json", func([]byte) []byte { return []byte("\x00\xffgarbage") }},
	{"a truncated manifest", "shop/manifest.json", func(b []byte) []byte { return b[:len(b)/2] }},
	{"an empty manifest", "shop/manifest.json", func([]byte) []byte { return []byte{} }},
	{"JSON null", "shop/manifest.json", func([]byte) []byte { return []byte("null") }},
	{"a manifest of another format", "shop/manifest.json", func([]byte) []byte { return []byte(`{"format":99,"manifest":{}}`) }},
	{"a manifest somebody edited", "shop/manifest.json", func(b []byte) []byte { return bytes.Replace(b, []byte(`"visits":`), []byte(`"visits":9`), 1) }},
	{"another site's manifest", "shop/manifest.json", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"site":"shop"`), []byte(`"site":"door"`)) }},
	{"a part missing", "shop/2*.0000.cbor", func([]byte) []byte { return nil }},
	{"an empty part", "shop/2*.0000.cbor", func([]byte) []byte { return []byte{} }},
	{"a truncated part", "shop/2*.0000.cbor", func(b []byte) []byte { return b[:len(b)-1] }},
	{"a part with a wrong checksum", "shop/2*.0000.cbor", func(b []byte) []byte { b[len(b)-1] ^= 1; return b }},
}

func TestCorruptSnapshot(t *testing.T) {
	upstream := newMirror(t)
	for _, tt := range corruptions {
		t.Run(tt.name+" is set aside, and the site learns anew", func(t *testing.T) {
			dir := t.TempDir()
			seed(t, dir+"/storage", "shop")
			damage(t, dir+"/storage", tt.file, tt.how)
			damaged := snapshotIn(t, dir+"/storage")["shop/manifest.json"]
			c := startIn(t, dir, fmt.Sprintf(learnedSite, "block", "9h 0", "1 1", upstream.URL))

			lines := c.logged(1, func(l logLine) bool { return l.Level == "error" && l.Site == "shop" })
			if len(lines) != 1 || lines[0].Logger != "webshell_guard" || !strings.Contains(lines[0].Error, "corrupt snapshot") || !strings.Contains(lines[0].Error, "was kept as corrupt.") {
				t.Errorf("%+v", lines)
			}
			aside := ""
			for name, content := range snapshotIn(t, c.storage()) {
				if strings.HasPrefix(name, "shop/corrupt.") && strings.HasSuffix(name, ".manifest.json") && content == damaged {
					aside = name
				}
			}
			if aside == "" {
				t.Error("the manifest was not kept")
			}

			m := memoryOf(t, "shop")
			if !m.Phases.Closed().IsZero() || m.Scripts.Count(baseline.Trusted)+m.Scripts.Count(baseline.Provisional) > 0 {
				t.Error("the site is not empty and learning")
			}
			for _, method := range []string{"GET", "POST"} {
				for _, path := range []string{"/index.php", "/x.php", "/uploads/x.php"} {
					if resp, _ := c.ask(stranger, method, path); resp.StatusCode != 200 {
						t.Errorf("%s %s: %d", method, path, resp.StatusCode)
					}
				}
			}

			c.stop()
			s, _, err := baseline.Open("shop", objectsIn(t, c.storage(), "shop"), time.Now())
			if err != nil || s.Scripts.Lookup(baseline.Key{Path: "/index.php"}) == nil {
				t.Errorf("saved afterwards: %v", err)
			}
			if snapshotIn(t, c.storage())[aside] != damaged {
				t.Error("saving took what was set aside")
			}
		})
		t.Run(tt.name+" with a generation before it gives that one", func(t *testing.T) {
			dir := t.TempDir()
			s := enforcing("shop")
			for range 2 {
				if err := s.Save(objectsIn(t, dir+"/storage", "shop"), time.Now()); err != nil {
					t.Fatal(err)
				}
			}
			damage(t, dir+"/storage", tt.file, tt.how)
			c := startIn(t, dir, fmt.Sprintf(learnedSite, "block", "9h 0", "10 10", upstream.URL))
			c.logged(1, func(l logLine) bool { return l.Level == "error" && l.Site == "shop" })
			if m := memoryOf(t, "shop"); m.Phases.Closed().IsZero() || m.Scripts.Count(baseline.Trusted) != 2 {
				t.Errorf("closed %v, %d trusted scripts", m.Phases.Closed(), m.Scripts.Count(baseline.Trusted))
			}
			if resp, _ := c.ask(stranger, "GET", "/x.php"); resp.StatusCode != 403 {
				t.Errorf("it does not refuse: %d", resp.StatusCode)
			}
		})
	}
}
