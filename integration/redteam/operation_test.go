package redteam

import (
	"fmt"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
)

// operationAttacks add an operation to a script that is told by a parameter what to do, and
// use only parameters that the script has.
var operationAttacks = []attack{
	{
		"An operation is added to a script that a parameter tells what to do, and takes a command in a parameter that the script has", "request 1: malicious",
		func(t *testing.T) string {
			s := operated(t)
			return s.outcome(s.post("/ajax.php", attacker(0), sending("do=tidy_up&product=id")))
		},
	},
	{
		"The same, from a page of the site, by a client that visited it", "request 1: malicious",
		func(t *testing.T) string {
			s := operated(t)
			return s.outcome(s.visits(s.post("/ajax.php", attacker(0), referred, sending("do=tidy_up&product=id"))))
		},
	},
	{
		"The same, with a command that nobody can read", "request 1: malicious, answer refused",
		func(t *testing.T) string {
			s := operated(t)
			return s.outcome(s.post("/ajax.php", attacker(0), sending("do=tidy_up&product="+long)))
		},
	},
	{
		"The same, while the site is contained", "request 1: suspicious, refused before it ran",
		func(t *testing.T) string {
			s := operated(t)
			s.m.Containment.Begin(0, false, baseline.Author{Via: "test"}, s.now)
			return s.outcome(s.visits(s.post("/ajax.php", attacker(0), referred, sending("do=tidy_up&product=id"))))
		},
	},
	{
		"An operation that is only read is sent a command in words, where others take forms", "request 1: malicious",
		func(t *testing.T) string {
			s := operated(t)
			return s.outcome(s.post("/ajax.php", attacker(0), query("do=list_all&page=2"), sending("page=id")))
		},
	},
	{
		"Five hundred operations that are not there are asked for by forty networks, and later one of them is", "request 1: malicious",
		func(t *testing.T) string {
			s := operated(t)
			for n := range 500 {
				s.play(s.post("/ajax.php", attacker(n%40), referred, sending(fmt.Sprintf("do=x%c%c&product=1", 'a'+n%26, 'a'+n/26)), answering(400, "0")))
			}
			return s.outcome(s.post("/ajax.php", attacker(50), sending("do=xab&product=id")))
		},
	},
}

// operated is a site one script of which has three operations.
func operated(t *testing.T) *target {
	s := newTarget(t, "")
	s.liveUntilEnforcing(func() {
		for n := range 60 {
			s.honest(s.get("/ajax.php", honest(n), referred, query(fmt.Sprintf("do=list_all&page=%d", n%7)), answering(200, home)))
			s.honest(s.post("/ajax.php", honest(n), referred, sending("do=add_one&product=7&count=1"), answering(200, "{}")))
			s.honest(s.post("/ajax.php", honest(n), referred, sending("do=send_mail&product=7&message=hello"), answering(200, "{}")))
		}
	})
	return s
}
