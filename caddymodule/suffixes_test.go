package caddymodule

import (
	"strings"
	"testing"
)

func TestScriptsThatAreOthersThanTheBaselineLearned(t *testing.T) {
	dir := t.TempDir()
	told := func(scripts string) int {
		c := startIn(t, dir, "webshell_guard {\n\tsite shop\n\tscripts "+scripts+"\n}\nrespond ok")
		before := strings.Count(c.log(), "learned with other scripts")
		c.stop()
		return before
	}
	for n, c := range []struct {
		scripts string
		want    int
	}{{".php", 0}, {".php", 0}, {".php .phtml", 1}, {".php .phtml", 1}} {
		if got := told(c.scripts); got != c.want {
			t.Errorf("start %d, with %s: told %d times so far, want %d", n+1, c.scripts, got, c.want)
		}
	}
}
