package caddymodule

import (
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// opened is what a folder of storage holds of the site.
func opened(t *testing.T, storage string) (site *baseline.Site, stored bool) {
	t.Helper()
	site, stored, err := baseline.Open("shop", objectsIn(t, storage, "shop"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return site, stored
}

func load(t *testing.T, storage string) {
	t.Helper()
	if err := caddy.Load([]byte(withHandlers(storage, `"site":"shop"`)), true); err != nil {
		t.Fatal(err)
	}
}

func stop(t *testing.T) {
	t.Helper()
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
}

func TestSave(t *testing.T) {
	t.Run("keeps when learning began, though nothing was visited", func(t *testing.T) {
		storage := t.TempDir()
		load(t, storage)
		stop(t)
		first, stored := opened(t, storage)
		load(t, storage)
		stop(t)
		if again, _ := opened(t, storage); !stored || !again.Phases.Started().Equal(first.Phases.Started()) {
			t.Errorf("stored %v; began %v, then %v", stored, first.Phases.Started(), again.Phases.Started())
		}
	})
	t.Run("fills another storage after a reload", func(t *testing.T) {
		one, other := t.TempDir(), t.TempDir()
		seed(t, one, "shop")
		load(t, one)
		load(t, other)
		stop(t)
		if site, stored := opened(t, other); !stored || site.Scripts.Count(baseline.Trusted) != 2 {
			t.Errorf("stored %v", stored)
		}
	})
}
