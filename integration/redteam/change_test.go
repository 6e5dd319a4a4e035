package redteam

import (
	"fmt"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// changeAttacks come with a plugin that staff install by the application's own pages.
var changeAttacks = []attack{
	{
		"A plugin of three scripts is installed, and 200 visitors read them and send its form, with a root",
		"1 of 200 reads flagged, 0 of 400 requests refused; told of once",
		func(t *testing.T) string { return plugged(t, "/srv", nil) },
	},
	{
		"A shell is dropped into a plugin that is being installed, and sent a command",
		"1 of 200 reads flagged, 0 of 400 requests refused; told of once; the command: request 1: malicious",
		func(t *testing.T) string { return plugged(t, "", command()) },
	},
	{
		"A shell is dropped into a plugin that is being installed, and sent a command, with a root",
		"1 of 200 reads flagged, 0 of 400 requests refused; told of once; the command: request 1: malicious, refused before it ran",
		func(t *testing.T) string { return plugged(t, "/srv", command()) },
	},
	{
		"The same by a visitor with a forged Referer, and it answers as a page does, with a root",
		"1 of 200 reads flagged, 0 of 400 requests refused; told of once; the command: request 1: suspicious",
		func(t *testing.T) string { return plugged(t, "/srv", command(referred, answering(200, pluginPage))) },
	},
}

// pluginPage is how the plugin's pages begin.
const pluginPage = "<html><head><title>Ask us</title></head><body><form method=post><p>We answer all questions about ink</p></form>"

func command(changes ...change) func(s *target) detector.Exchange {
	return func(s *target) detector.Exchange { return s.visits(s.post("/lib/x/shell.php", honest(50), changes...)) }
}

// plugged has staff install a plugin, and visitors use it, before an attacker does.
func plugged(t *testing.T, root string, attacks func(s *target) detector.Exchange) string {
	s := learned(t, root)
	s.honest(s.post("/admin/stock.php", honest(3), referred))
	s.now = s.now.Add(time.Minute)
	scripts := []string{"/lib/x/form.php", "/lib/x/list.php", "/lib/x/style.php"}
	for _, path := range append(scripts, "/lib/x/shell.php") {
		s.drop(path)
	}
	flagged, refused, all := 0, 0, 0
	count := func(x detector.Exchange) {
		all++
		switch v, how := s.play(x); {
		case how != "":
			refused++
		case v != detector.Clean && x.Method == "GET":
			flagged++
		}
	}
	for n := range 200 {
		s.now = s.now.Add(time.Second)
		count(s.get(scripts[(n+1)%3], attacker(n+1), answering(200, pluginPage)))
		count(s.post("/lib/x/form.php", honest(n%60), referred, answering(200, pluginPage)))
	}
	told := s.m.Changes.Tell(s.now.Add(time.Hour), false)
	if again := s.m.Changes.Tell(s.now.Add(2*time.Hour), true); len(told) != 1 || len(again) != 0 {
		t.Errorf("told %+v, then %+v", told, again)
	}
	out := fmt.Sprintf("%d of %d reads flagged, %d of %d requests refused; told of once", flagged, all/2, refused, all)
	if attacks != nil {
		out += "; the command: " + s.outcome(attacks(s))
	}
	return out
}
