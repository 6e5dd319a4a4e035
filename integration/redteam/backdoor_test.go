package redteam

import (
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// backdoorAttacks overwrite a script that the site knows, and that was only ever
// read.
var backdoorAttacks = []attack{
	{"A page that was only read is overwritten, and takes a POST", "request 1: suspicious", func(t *testing.T) string { return overwritten(t, "") }},
	{"A page that was only read is overwritten, and answers a POST with 404, without a root", "request 1: suspicious", func(t *testing.T) string { return overwritten(t, "", answering(404, "uid=33")) }},
	{"A page that was only read is overwritten, and answers a POST with 404, with a root", "request 1: suspicious", func(t *testing.T) string { return overwritten(t, "/srv", answering(404, "uid=33")) }},
	{"A page that was only read is overwritten, and takes a POST of a visitor with a forged Referer", "request 1: suspicious", func(t *testing.T) string { return overwritten(t, "/srv", referred) }},
	{
		"The front controller is overwritten, and takes commands by a missing script's name", "request 1: malicious, answer refused",
		func(t *testing.T) string {
			s := learned(t, "/srv")
			s.drop("/index.php")
			return s.outcome(s.post("/missing.php", attacker(0), running("/index.php")))
		},
	},
	{
		"The front controller is overwritten, and takes a visitor's commands by a missing script's name", "request 1: malicious, answer refused",
		func(t *testing.T) string {
			s := learned(t, "/srv")
			s.drop("/index.php")
			return s.outcome(s.visits(s.post("/missing.php", attacker(0), running("/index.php"))))
		},
	},
	{
		"An overwritten page takes commands in a cookie or a header", "lost",
		func(t *testing.T) string {
			s := learned(t, "/srv")
			s.drop("/about.php")
			return s.outcome(s.get("/about.php", attacker(0), func(x *detector.Exchange) {
				x.Header = map[string][]string{"Cookie": {"c=c3lzdGVtKGlkKQ"}, "X-Cmd": {"c3lzdGVtKGlkKQ"}}
			}))
		},
	},
	{
		"A form is overwritten, and takes commands as a form does", "request 1: suspicious",
		func(t *testing.T) string {
			s := learned(t, "/srv")
			s.drop("/contact.php")
			return s.outcome(s.post("/contact.php", attacker(0)))
		},
	},
}

func overwritten(t *testing.T, root string, changes ...change) string {
	s := learned(t, root)
	s.drop("/about.php")
	return s.outcome(s.visits(s.post("/about.php", attacker(0), changes...)), s.post("/about.php", attacker(0), changes...))
}
