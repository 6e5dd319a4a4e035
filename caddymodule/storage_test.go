package caddymodule

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// strange are names that a site may have.
var strange = []string{
	"shop", "example.com", "Example.com", "a b", "a+b", "a/b", "a%2Fb", `a\b`, "/etc", "../../etc", "..", ".", ".hidden",
	"%2E", "%2e%2e", "a:b", "a*b?", "CON", "~", "-", "_", "é", "日本", "a\u202eb", strings.Repeat("x", 128),
}

func TestStoragePrefix(t *testing.T) {
	t.Run("keeps every site in a folder of its own", func(t *testing.T) {
		seen := map[string]string{}
		for _, name := range strange {
			prefix := storagePrefix(name)
			folder, ok := strings.CutPrefix(strings.TrimSuffix(prefix, "/"), "webshell_guard/")
			if !ok || folder == "" || strings.ContainsAny(folder, `/\`) || folder[0] == '.' {
				t.Errorf("%q: %q", name, prefix)
			}
			if other, taken := seen[prefix]; taken {
				t.Errorf("%q and %q share %q", name, other, prefix)
			}
			seen[prefix] = name
		}
	})
	t.Run("lets every site be saved and found", func(t *testing.T) {
		root := t.TempDir()
		storage := filepath.Join(root, "deep", "storage")
		for _, name := range strange {
			seed(t, storage, name)
			if s, _, err := baseline.Open(name, objectsIn(t, storage, name), time.Now()); err != nil || s.Scripts.Count(baseline.Trusted) != 2 {
				t.Errorf("%q: %v", name, err)
			}
		}
		outside, err := filepath.Glob(root + "/*")
		if err != nil || len(outside) != 1 {
			t.Errorf("%v %v", outside, err)
		}
		list, err := os.ReadDir(storage)
		if err != nil || len(list) != 2 || list[0].Name() != "locks" || list[1].Name() != "webshell_guard" {
			t.Errorf("%v %v", list, err)
		}
	})
}

// A name of 128 bytes became one of 384 when it was escaped, and no file system
// takes more than 255: the site could never be saved.
func TestSiteWithALongNameThatIsNotASCIICanBeSaved(t *testing.T) {
	name := strings.Repeat("é", 64)
	if err := validate(withHandlers(t.TempDir(), `"site":"`+name+`"`)); err != nil {
		return // as good: it says so at once
	}
	if err := enforcing(name).Save(objectsIn(t, t.TempDir(), name), time.Now()); err != nil {
		t.Error(err)
	}
}
