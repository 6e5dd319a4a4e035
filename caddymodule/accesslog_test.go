package caddymodule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// finding checks the access log's field against the contract, but for what
// depends on the signals, and returns the signals by name.
func finding(t *testing.T, field map[string]any, want map[string]string) map[string]map[string]any {
	t.Helper()
	keys := slices.Sorted(maps.Keys(field))
	if !slices.Equal(keys, []string{"action", "endpoint", "mode", "score", "script", "signals", "stage", "verdict"}) {
		t.Fatalf("keys %v", keys)
	}
	for key, value := range want {
		if field[key] != value {
			t.Errorf("%s is %v, want %s", key, field[key], value)
		}
	}
	score, ok := field["score"].(float64)
	if !ok || score <= 0 {
		t.Errorf("score %v", field["score"])
	}
	signals := map[string]map[string]any{}
	list, _ := field["signals"].([]any)
	for _, s := range list {
		signal, _ := s.(map[string]any)
		keys := slices.Sorted(maps.Keys(signal))
		if !slices.Equal(keys, []string{"bits", "id", "name", "why"}) {
			t.Fatalf("a signal's keys %v", keys)
		}
		id, _ := signal["id"].(float64)
		bits, _ := signal["bits"].(float64)
		why, _ := signal["why"].(string)
		if id < 1001 || id > 1999 || bits == 0 || why == "" {
			t.Errorf("%v", signal)
		}
		signals[signal["name"].(string)] = signal
	}
	if len(signals) == 0 || len(signals) != len(list) {
		t.Errorf("signals %v", list)
	}
	return signals
}

func TestAccessLogContract(t *testing.T) {
	upstream := newMirror(t)
	dir := t.TempDir()
	seed(t, dir+"/storage", "shop")
	reload := func(mode, threshold string) *instance {
		return startIn(t, dir, fmt.Sprintf(`
			log_append appended {http.webshell_guard.signals}
			webshell_guard %s {
				site shop
				threshold %s
			}
			reverse_proxy %s`, mode, threshold, upstream.URL))
	}
	c := reload("log", "10 16")
	t.Run("tells of a new script what the contract says", func(t *testing.T) {
		c := c.in(t)
		c.ask(stranger, "POST", "/x.php")
		l := c.access("/x.php")
		signals := finding(t, l.Guard, map[string]string{
			"verdict": "suspicious", "script": "/x.php", "endpoint": "/x.php", "mode": "log", "action": "none", "stage": "request",
		})
		if signals["new-script"]["id"] != 1001.0 || signals["post-no-referer"]["id"] != 1020.0 {
			t.Errorf("%v", signals)
		}
		if why := signals["new-script"]["why"]; why != "never seen before: none of 400 visits touched it" {
			t.Errorf("why: %v", why)
		}
		if l.Appended != "new-script post-no-referer new-client" {
			t.Errorf("log_append wrote %q", l.Appended)
		}
	})
	t.Run("tells of a new method", func(t *testing.T) {
		c := c.in(t)
		c.ask(stranger, "POST", "/about.php")
		signals := finding(t, c.access("/about.php").Guard, map[string]string{"verdict": "suspicious", "script": "/about.php", "action": "none", "stage": "request"})
		if signals["new-method"]["id"] != 1002.0 || signals["new-method"]["why"] != "POST: 0 of 200 before" {
			t.Errorf("%v", signals)
		}
	})
	t.Run("names the script by its canonical path", func(t *testing.T) {
		c := c.in(t)
		c.ask(stranger, "POST", "/%2e/y.PHP/path/info")
		finding(t, c.access("/%2e/y.PHP/path/info").Guard, map[string]string{"script": "/y.php"})
	})
	t.Run("is absent when clean", func(t *testing.T) {
		c := c.in(t)
		for _, path := range []string{"/index.php", "/picture.png", "/blog/2026", "/index.php/path/info"} {
			if c.ask(visitor, "GET", path); c.access(path).Guard != nil {
				t.Errorf("%s: %v", path, c.access(path).Guard)
			}
		}
		if strings.Contains(c.log(), `"webshell_guard":null`) {
			t.Error("it is there without a value")
		}
	})
	c.stop()
	c = reload("tag", "10 16")
	t.Run("says that the upstream was told", func(t *testing.T) {
		c := c.in(t)
		c.ask(stranger, "POST", "/tagged.php")
		finding(t, c.access("/tagged.php").Guard, map[string]string{"mode": "tag", "action": "tag", "stage": "request"})
	})
	c.stop()
	c = reload("block", "10 10")
	t.Run("says that the request was refused", func(t *testing.T) {
		c := c.in(t)
		c.ask(stranger, "POST", "/uploads/blocked.php")
		l := c.access("/uploads/blocked.php")
		finding(t, l.Guard, map[string]string{"verdict": "malicious", "mode": "block", "action": "block", "stage": "request"})
		if l.Status != 403 || !strings.HasPrefix(l.Appended, "new-script upload-location") {
			t.Errorf("%+v", l)
		}
	})
	t.Run("says that the response was refused", func(t *testing.T) {
		c := c.in(t)
		c.ask(stranger, "GET", "/late.php")
		l := c.access("/late.php")
		finding(t, l.Guard, map[string]string{"verdict": "malicious", "mode": "block", "action": "block", "stage": "response"})
		if l.Status != 403 {
			t.Errorf("%+v", l)
		}
	})
}
