package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/caddymodule/internal/adminapi"
)

func TestShowChanges(t *testing.T) {
	var out bytes.Buffer
	showChanges(&out, &adminapi.ChangeList{Site: "shop"})
	if !strings.Contains(out.String(), "no change waits") {
		t.Errorf("%s", &out)
	}
	out.Reset()
	change := adminapi.Change{
		Directory: "/plugins/x/", Pattern: "/plugins/x/**", Since: time.Date(2026, 3, 1, 14, 2, 0, 0, time.Local), Client: "198.51.100.7", After: "/wp-admin/update.php",
		Scripts: []string{"/plugins/x/a.php", "/plugins/x/\x1b[2J.php"}, Flagged: []adminapi.FlaggedScript{{Path: "/plugins/x/shell.php", Evidence: new(adminapi.Evidence)}},
	}
	showChanges(&out, &adminapi.ChangeList{Site: "shop", Changes: []adminapi.Change{change}})
	for _, want := range []string{
		"3 new scripts under /plugins/x/ since 2026-03-01 14:02:00, after 198.51.100.7 posted to /wp-admin/update.php", "approve shop '/plugins/x/**'", "  /plugins/x/a.php\n", "/plugins/x/shell.php",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %s", want, &out)
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("a path controls the terminal: %q", &out)
	}
}
