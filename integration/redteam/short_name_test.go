package redteam

import (
	"fmt"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// shortNameAttacks ask for a dropped script by a name that has no suffix.
var shortNameAttacks = []attack{
	{
		"A dropped index is asked for by its directory's name, and the server behind runs it, without a root", "request 1: malicious",
		func(t *testing.T) string { return shortName(t, "", "newdir/index.php", "/newdir/") },
	},
	{
		"A dropped script is asked for without its suffix, and the server behind runs it, without a root", "request 1: malicious",
		func(t *testing.T) string { return shortName(t, "", "about2.php", "/about2") },
	},
	{
		"A dropped index is asked for by its directory's name, with a root", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return shortName(t, "root *", "newdir/index.php", "/newdir/") },
	},
	{
		"A dropped script is asked for without its suffix, with a root", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return shortName(t, "root *", "about2.php", "/about2") },
	},
	{
		"A dropped script is asked for without its suffix, on a site with routes, without a root", "request 1: suspicious",
		func(t *testing.T) string {
			s := newTarget(t, "")
			s.liveUntilEnforcing(func() {
				for n := range 20 {
					s.honest(s.post(fmt.Sprintf("/api/users/%d", n), honest(n)))
				}
			})
			return s.outcome(s.post("/about2", attacker(0)))
		},
	},
	{
		"A dropped script is asked for without its suffix, and only read, without a root", "lost",
		func(t *testing.T) string {
			s := learned(t, "")
			return s.outcome(s.get("/about2", attacker(0), query("c=id")))
		},
	},
}

// shortName has real PHP run a script by a shorter name, as `try_files {path}.php` of the
// server behind has it.
func shortName(t *testing.T, root, file, asked string) string {
	s, v := lab.NewSite(t), lab.NewVisitor(t)
	if root != "" {
		root += " " + s.Root
	}
	c := lab.StartCaddy(t, fmt.Sprintf(`http://:%d {
	log
	%s
	webshell_guard block {
		site short
		learn 2s 0.95
	}
	reverse_proxy 127.0.0.1:%[3]d
}
http://:%[3]d {
	root * %[4]s
	php_fastcgi unix/%[5]s {
		try_files {path} {path}/index.php {path}.php =404
	}
	file_server
}
`, v.Port, root, lab.FreePort(t), s.Root, lab.StartFPM(t)))
	v.Teach("")
	c.Enforcing(1)
	s.Drop(file)
	a := v.Post(asked, lab.Stranger)
	got := outcome(c, a)
	if ran := len(s.AnyExecuted()) > 0; ran != (root == "") {
		t.Errorf("executed: %v, answered %d", ran, a.Status)
	}
	return got
}
