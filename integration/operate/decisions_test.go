package operate

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// startShop runs Caddy with a site that has the guard's further options and the global ones.
func startShop(t *testing.T, global, options string) (*lab.Caddy, lab.Visitor) {
	t.Helper()
	v := lab.NewVisitor(t)
	return lab.StartCaddyWith(t, global, fmt.Sprintf(`http://:%d {
	webshell_guard log {
		site shop
		learn 1s 0
		%s
	}
	respond "page"
}
`, v.Port, options), nil), v
}

// The first of two scripts was denied in memory and never stored, although the call had failed.
func TestDecisionWithoutRoomChangesNothing(t *testing.T) {
	c, v := startShop(t, "", "max_scripts 1")
	c.Enforcing(1)
	served := func(when string, wanted ...int) {
		t.Helper()
		for n, want := range wanted {
			if a := v.Post([]string{"/first.php", "/second.php"}[n], lab.Stranger); a.Status != want {
				t.Errorf("%s: script %d is answered %d, want %d", when, n+1, a.Status, want)
			}
		}
	}
	c.MustFail("max_scripts", "deny", "shop", "/first.php", "/second.php")
	served("after the refused call", http.StatusOK, http.StatusOK)
	c.Kill()
	c.Start()
	served("after a crash", http.StatusOK, http.StatusOK)
	c.Must("/first.php", "deny", "shop", "/first.php")
	c.Kill()
	c.Start()
	served("denied, after a crash", http.StatusForbidden, http.StatusOK)
}

func TestDecisionsAreReadBack(t *testing.T) {
	c, _ := startShop(t, "", "")
	c.Enforcing(1)
	c.Must("", "approve", "shop", "/page.php", "--as", "ada")
	c.Must("", "deny", "shop", "/evil/**")
	c.Must("", "contain", "shop")
	c.Kill()
	c.Start()
	out := c.Must("/page.php", "decisions", "shop")
	for _, want := range []string{"trusted", "ada", "standing denial", "/evil/**", "contained", fmt.Sprintf("uid %d", os.Getuid())} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if n := strings.Count(c.Read("log.json"), `"msg":"decision"`); n != 3 {
		t.Errorf("%d log lines of 3 decisions", n)
	}
}

// Commands that cannot do what they are asked say so, and how to mend it.
func TestCommandsSayWhatIsWrong(t *testing.T) {
	c, _ := startShop(t, "", "")
	c.Enforcing(1)
	c.MustFail("unknown command", "aprove", "shop", "/page.php")
	c.MustFail("shoe", "status", "shoe")
	if out := c.Must("shop", "status", "--json"); !strings.HasPrefix(out, "[") || strings.Contains(out, `"level"`) {
		t.Errorf("logs before JSON:\n%s", out)
	}
	for options, want := range map[string]string{
		"inspect_body 8":                       "inspect_body",
		"root " + filepath.Join(c.Dir, "none"): "", // a warning: it may be mounted later
	} {
		err := c.Reload(func(caddyfile string) string {
			return strings.Replace(caddyfile, "site shop", "site shop\n\t\t"+options, 1)
		})
		if want == "" && (err != nil || !strings.Contains(c.Must("", "status", "shop"), "none")) {
			t.Errorf("%s: %v", options, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", options, err)
		}
	}
	c.Stop()
	c.MustFail("CADDY_ADMIN", "status", "shop")
}

// A file that is planted where the next is written made the export fail, or was written through.
func TestExportLeavesPlantedFilesAlone(t *testing.T) {
	c, _ := startShop(t, "", "")
	c.Enforcing(1)
	c.Must("", "approve", "shop", "/page.php")
	dir := t.TempDir()
	planted, victim := filepath.Join(dir, "shop.tar.gz.part"), filepath.Join(dir, "victim")
	if err := os.Symlink(victim, planted); err != nil {
		t.Fatal(err)
	}
	c.Must("", "export", "shop", filepath.Join(dir, "shop.tar.gz"))
	if _, err := os.Lstat(victim); !os.IsNotExist(err) {
		t.Errorf("it writes through a link: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%v in the directory: %v", entries, err)
	}
}
