package redteam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// answerAttacks make a shell's answers look like those of what is not there, or
// is not a script.
var answerAttacks = []attack{
	{"A shell that answers 404 with a page of its own", "request 1: suspicious", func(t *testing.T) string { return answers(t, "", answering(404, "uid=33")) }},
	{"A shell that answers 302", "request 1: suspicious", func(t *testing.T) string { return answers(t, "", answering(302, "uid=33")) }},
	{"A shell that answers 500", "request 1: suspicious", func(t *testing.T) string { return answers(t, "", answering(500, "uid=33")) }},
	{"A shell that answers 404 and begins with the site's own page for that", "lost", func(t *testing.T) string { return answers(t, "", answering(404, notFound)) }},
	{"Shells that answer 302, 500, 404 and the site's own page for that, with a root", "request 1: malicious, refused before it ran", answersRooted},
	{
		"A shell that answers 404 teaches the guard that its page means a missing script",
		"found at its first 10 names; then request 1: suspicious",
		func(t *testing.T) string { return taught(t, 404, "uid=33", "/lib/x.php/%d.php", 10) },
	},
	{
		"A shell that answers 200 teaches the guard that its page means a missing script",
		"found at its first 20 names; then request 1: malicious",
		func(t *testing.T) string { return taught(t, 200, wordy, "/lib/x.php/%d.php", 20) },
	},
	{
		"Ten copies of a shell that answers 404 teach the guard that their page means a missing script",
		"found at its first 3 names; then lost",
		func(t *testing.T) string { return taught(t, 404, "uid=33", "/lib/x%d.php", 10) },
	},
	{
		"Twenty copies of a shell that answers 200 teach the guard that their page means a missing script",
		"found at its first 8 names; then lost",
		func(t *testing.T) string { return taught(t, 200, wordy, "/lib/x%d.php", 20) },
	},
	{
		"A picture's name is made to run, and takes a command", "request 1: malicious, answer refused",
		func(t *testing.T) string {
			s := learned(t, "")
			return s.outcome(s.post("/uploads/photo.jpg", attacker(0)))
		},
	},
	{
		"A picture's name is made to run, and is only read, answering with a page", "request 1: suspicious",
		func(t *testing.T) string {
			s := learned(t, "")
			return s.outcome(s.get("/uploads/photo.jpg", attacker(0)))
		},
	},
	{
		"A picture's name is made to run, and says that it answers with a picture", "lost",
		func(t *testing.T) string {
			s := learned(t, "")
			return s.outcome(s.get("/uploads/photo.jpg", attacker(0), func(x *detector.Exchange) { x.ContentType = "image/jpeg" }))
		},
	},
}

// wordy is long enough to have a fingerprint.
const wordy = "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa"

func answers(t *testing.T, root string, answer change) string {
	s := learned(t, root)
	s.drop("/lib/x.php")
	var commands []detector.Exchange
	for range 5 {
		commands = append(commands, s.post("/lib/x.php", attacker(0), answer))
	}
	return s.outcome(commands...)
}

func answersRooted(t *testing.T) string {
	results := make(map[string]bool)
	for _, answer := range []change{answering(302, ""), answering(500, ""), answering(404, "uid=33"), answering(404, notFound)} {
		results[answers(t, "/srv", answer)] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(results)), ", or ")
}

// taught asks for one shell by many names that are as unknown as its own, until
// its answer is what the site answers to unknown names.
func taught(t *testing.T, status int, body, name string, names int) string {
	s := learned(t, "")
	var flagged int
	for i := range names {
		if s.outcome(s.post(fmt.Sprintf(name, i), attacker(i), answering(status, body))) != lost {
			flagged++
		}
	}
	return fmt.Sprintf("found at its first %d names; then %s", flagged, s.outcome(s.post("/lib/x.php", attacker(0), answering(status, body))))
}
