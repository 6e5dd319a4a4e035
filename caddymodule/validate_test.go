package caddymodule

import (
	"maps"
	"testing"
)

func TestValidate(t *testing.T) {
	good := []string{`"site":"shop"`, `"site":"b","mode":"block","learn":{"min":"1s","coverage":0}`}
	bad := []string{`"site":"shop"`, `"site":"shop","max_scripts":7`}
	t.Run("writes nothing", func(t *testing.T) {
		storage := t.TempDir()
		if err := validate(withHandlers(storage, good...)); err != nil {
			t.Fatal(err)
		}
		if err := validate(withHandlers(storage, bad...)); err == nil {
			t.Fatal("it is accepted")
		}
		if files := snapshotIn(t, storage); len(files) > 0 {
			t.Errorf("%v", files)
		}
		noReferences(t)
	})
	t.Run("leaves a snapshot as it is", func(t *testing.T) {
		storage := t.TempDir()
		seed(t, storage, "shop")
		before := snapshotIn(t, storage)
		validate(withHandlers(storage, good...))
		validate(withHandlers(storage, bad...))
		if after := snapshotIn(t, storage); len(before) != 2 || !maps.Equal(before, after) {
			t.Errorf("%d files, then %d", len(before), len(after))
		}
	})
	t.Run("leaves a corrupt snapshot as it is", func(t *testing.T) {
		storage := t.TempDir()
		seed(t, storage, "shop")
		damage(t, storage, "shop/manifest.json", func([]byte) []byte { return []byte("garbage") })
		before := snapshotIn(t, storage)
		if err := validate(withHandlers(storage, good...)); err != nil {
			t.Error(err)
		}
		if after := snapshotIn(t, storage); !maps.Equal(before, after) {
			t.Errorf("%d files, then %d", len(before), len(after))
		}
	})
	t.Run("leaves a running Caddy as it is", func(t *testing.T) {
		upstream := newMirror(t)
		dir := t.TempDir()
		seed(t, dir+"/storage", "shop")
		c := startIn(t, dir, "webshell_guard block {\nsite shop\nthreshold 10 10\n}\nreverse_proxy "+upstream.URL)
		before, stored := memoryOf(t, "shop"), snapshotIn(t, c.storage())
		if err := validate(withHandlers(c.storage(), good...)); err != nil {
			t.Error(err)
		}
		if n, _ := sites.References("shop"); n != 1 || memoryOf(t, "shop") != before {
			t.Errorf("%d references, or another memory", n)
		}
		if !maps.Equal(snapshotIn(t, c.storage()), stored) {
			t.Error("its snapshot changed")
		}
		if resp, _ := c.ask(stranger, "GET", "/x.php"); resp.StatusCode != 403 {
			t.Errorf("it no longer refuses: %d", resp.StatusCode)
		}
	})
}
