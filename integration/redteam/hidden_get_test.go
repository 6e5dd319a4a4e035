package redteam

import (
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// hiddenGetAttacks bring the commands of a dropped shell in short words in a header field
// of GETs, by links of the site that clients follow who have read it. What it answers begins as
// a page does.
var hiddenGetAttacks = []attack{
	{"A shell is dropped, and takes commands in words in a header field of GETs, by links of the site", "request 3: suspicious", func(t *testing.T) string { return hiddenGets(t, false) }},
	{"The same, each command by a network of its own", lost, func(t *testing.T) string { return hiddenGets(t, true) }},
}

func hiddenGets(t *testing.T, apart bool) string {
	s := learned(t, "")
	s.drop("/lib/x.php")
	var commands []detector.Exchange
	for i, length := range []int{40, 900, 30_000} {
		from := attacker(0)
		if apart {
			from = attacker(i)
		}
		s.honest(s.get("/news.php", from, referred))
		commands = append(commands, s.get("/lib/x.php", from, referred, answering(200, "<p>"+strings.Repeat("a file ", length/7)), func(x *detector.Exchange) {
			x.Header = map[string][]string{"X-Cmd": {"ls"}}
		}))
	}
	return s.outcome(commands...)
}
