package operate

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// node is a Caddy on a storage that another node uses too, for a site of the same name.
type node struct {
	*lab.Caddy
	visitor lab.Visitor
}

func startNode(t *testing.T, storage string) node {
	t.Helper()
	v := lab.NewVisitor(t)
	return node{visitor: v, Caddy: lab.StartCaddyWith(t, "", fmt.Sprintf(`http://:%d {
	webshell_guard log {
		site shop
		learn 1s 0
	}
	respond "page"
}
`, v.Port), func(c *lab.Caddy) {
		c.Caddyfile = strings.Replace(c.Caddyfile, "storage file_system "+c.Dir+"/storage", "storage file_system "+storage, 1)
	})}
}

// Each node stored its own baseline over the other's: what had been denied and
// contained on one, and answered for, was gone after a crash.
func TestNodesOnOneStorageKeepTheirDecisions(t *testing.T) {
	storage := lab.ShortDir(t)
	one := startNode(t, storage)
	one.Enforcing(1)
	one.Must("", "enforce", "shop")
	one.Must("", "approve", "shop", "/home.php") // there is something to load
	two := startNode(t, storage)
	two.Must("enforcing", "status", "shop")

	one.Must("/evil.php", "deny", "shop", "/evil.php")
	one.Must("this node", "contain", "shop")
	refused := func(n node, args ...string) {
		t.Helper()
		out, err := n.Operate(args...)
		if err == nil || !strings.Contains(out, "it is in effect here, but could not be stored") || !strings.Contains(out, "a site name of its own") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	refused(two, "approve", "shop", "/page.php")
	refused(two, "deny", "shop", "/other.php")
	two.Must("another Caddy stores a site of this name", "status", "shop")
	if n := strings.Count(two.Read("log.json"), "the site is not stored: another Caddy"); n != 1 {
		t.Errorf("node 2 logs it %d times", n)
	}
	if metrics, err := two.Admin(http.MethodGet, "/metrics", ""); err != nil || !strings.Contains(metrics, `caddy_webshell_guard_snapshot_conflict{site="shop"} 1`) {
		t.Errorf("%v: no metric in\n%s", err, metrics)
	}
	serves := func(when string, n node, path string, want int) {
		t.Helper()
		if a := n.visitor.Get(path, 1); a.Status != want {
			t.Errorf("%s: %s: %d, want %d", when, path, a.Status, want)
		}
	}
	serves("what node 2 decided is in effect there", two, "/other.php", http.StatusForbidden)

	one.Kill()
	one.Start()
	if status, err := one.Admin(http.MethodGet, "/webshell_guard/sites/shop", ""); err != nil || !strings.Contains(status, `"contained":true`) {
		t.Errorf("node 1 after a crash: %v\n%s", err, status)
	}
	serves("node 1, contained, after a crash", one, "/evil.php", http.StatusForbidden)
	one.Must("", "release", "shop")
	serves("node 1, released", one, "/evil.php", http.StatusForbidden)
	serves("node 1, released", one, "/page.php", http.StatusOK)

	two.Kill()
	two.Start() // takes over
	serves("node 2 after a crash", two, "/evil.php", http.StatusForbidden)
	serves("node 2 after a crash", two, "/other.php", http.StatusOK)
	two.Must("/other.php", "deny", "shop", "/other.php")
	refused(one, "deny", "shop", "/last.php")
	serves("what node 1 decided is in effect there", one, "/last.php", http.StatusForbidden)
	two.Kill()
	two.Start()
	serves("node 2 after another crash", two, "/evil.php", http.StatusForbidden)
	serves("node 2 after another crash", two, "/other.php", http.StatusForbidden)
}
