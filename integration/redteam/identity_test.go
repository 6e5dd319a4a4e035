package redteam

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// identityAttacks name a script in another way than the guard might.
var identityAttacks = []attack{
	{
		"A dropped shell asked for by eight other spellings, with a root", "8 of 8 found at request 1",
		func(t *testing.T) string { return spelled(t, "/srv") },
	},
	{
		"A dropped shell asked for by eight other spellings, without a root", "8 of 8 found at request 1",
		func(t *testing.T) string { return spelled(t, "") },
	},
	{
		"A shell whose file is named so that a trusted script's name stands for it, with a root", "6 of 6 found at request 1",
		func(t *testing.T) string { return lookalike(t, "/srv") },
	},
	{
		"A shell whose file is named so that a trusted script's name stands for it, without a root", "6 of 6 found at request 1",
		func(t *testing.T) string { return lookalike(t, "") },
	},
}

// spellings of /lib/x.php, decoded once as a server does.
var spellings = []struct{ name, path string }{
	{"double encoding", "/lib/x%2ephp"},
	{"parameters", "/lib/x.php;jsessionid=1"},
	{"PATH_INFO", "/lib/x.php/a/b"},
	{"upper case", "/lib/x.PHP"},
	{"NUL", "/lib/x.php\x00.jpg"},
	{"trailing dot", "/lib/x.php."},
	{"a picture's name", "/lib/x.php.jpg"},
	{"a script below the script", "/lib/x.php/index.php"},
}

// spelled sends the shell a command by each spelling, on a site of its own. Some
// server runs /lib/x.php for each.
func spelled(t *testing.T, root string) string {
	var missed []string
	for _, spelling := range spellings {
		s := learned(t, root)
		s.drop("/lib/x.php")
		if s.outcome(s.post(spelling.path, attacker(0))) == lost {
			missed = append(missed, spelling.name)
		}
	}
	return foundBut(len(spellings), missed)
}

// lookalikes are files that Linux keeps apart from /contact.php, which takes
// POSTs and is trusted.
var lookalikes = []struct{ name, path string }{
	{"upper case", "/contact.PHP"},
	{"a semicolon in the name", "/contact.php;b.php"},
	{"a folder with a trailing dot", "/contact.php./x.php"},
	{"a folder with a semicolon", "/contact.php;/x.php"},
	{"a folder with a percent sign", "/contact%2ephp/x.php"},
	{"a back-slash in the name", "/a\\..\\contact.php"},
}

func lookalike(t *testing.T, root string) string {
	var missed []string
	for _, l := range lookalikes {
		s := learned(t, root)
		s.drop(l.path)
		if s.outcome(s.post(l.path, attacker(0))) == lost {
			missed = append(missed, l.name)
		}
	}
	return foundBut(len(lookalikes), missed)
}

func foundBut(of int, missed []string) string {
	result := fmt.Sprintf("%d of %d found at request 1", of-len(missed), of)
	if len(missed) > 0 {
		result += "; lost: " + strings.Join(missed, ", ")
	}
	return result
}

// deployAttacks use the operator's deploy window.
var deployAttacks = []attack{
	{
		"A shell dropped in a program directory while a deploy window is open", "lost; provisional, place 1 of 7 on the review list",
		func(t *testing.T) string { return deployed(t, "/lib/x.php", false) },
	},
	{
		"A shell dropped in a program directory while a deploy window is open, and first used a month later", "lost; provisional, place 1 of 7 on the review list",
		func(t *testing.T) string { return deployed(t, "/lib/x.php", true) },
	},
	{
		"A shell dropped among uploads while a deploy window is open", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return deployed(t, "/uploads/x.php", false) },
	},
	{
		"A shell dropped a day before a deploy window and first used in it", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return droppedBeforeDeploy(t, false) },
	},
	{
		"A shell found a day before a deploy window and used again in it", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return droppedBeforeDeploy(t, true) },
	},
	{
		"A shell dropped a minute after a manifest was deployed", "request 1: malicious, refused before it ran",
		droppedAfterManifest,
	},
	{
		"A shell dropped after a deploy window whose end is said once more, late", "request 1: malicious, refused before it ran",
		droppedBeforeLateEnd,
	},
	{
		"A shell that was used a minute before a manifest of the live root", "request 1: malicious, refused before it ran; left out of the manifest; request 1: malicious, refused before it ran",
		func(t *testing.T) string { return usedBeforeManifest(t, false) },
	},
	{
		"The same, and thousands of requests to made-up names after it", "request 1: malicious, refused before it ran; left out of the manifest; request 1: malicious, refused before it ran",
		func(t *testing.T) string { return usedBeforeManifest(t, true) },
	},
}

func deployed(t *testing.T, shell string, late bool) string {
	s := learned(t, "/srv")
	s.m.Decisions.Deploy(10*time.Minute, baseline.Author{Via: "the operator"}, s.now)
	s.now = s.now.Add(time.Minute)
	s.drop(shell)
	if late {
		s.now = s.now.Add(30 * day)
	}
	var commands []detector.Exchange
	for range 3 {
		commands = append(commands, s.post(shell, attacker(0)))
	}
	if got := s.outcome(commands...); got != lost {
		return got
	}
	return "lost; " + s.trust(shell) + ", " + s.reviewed(shell)
}

func droppedBeforeDeploy(t *testing.T, used bool) string {
	s := learned(t, "/srv")
	s.drop("/lib/x.php")
	if used && s.outcome(s.post("/lib/x.php", attacker(0))) == lost {
		t.Error("it was not found before")
	}
	s.now = s.now.Add(day)
	s.m.Decisions.Deploy(10*time.Minute, baseline.Author{Via: "the operator"}, s.now)
	s.now = s.now.Add(time.Minute)
	return s.outcome(s.post("/lib/x.php", attacker(0)))
}

func droppedAfterManifest(t *testing.T) string {
	s := learned(t, "/srv")
	if _, err := s.m.Decisions.Adopt(baseline.FileManifest{Scripts: []string{"/lib/release.php"}}.Keys("/srv"), baseline.Author{Via: "the operator"}, s.now, s.d.Limits()); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Minute)
	s.drop("/lib/x.php")
	return s.outcome(s.post("/lib/x.php", attacker(0)))
}

// droppedBeforeLateEnd: a deploy took longer than its window, and its last step ends the
// window that is over.
func droppedBeforeLateEnd(t *testing.T) string {
	s := learned(t, "/srv")
	s.m.Decisions.Deploy(10*time.Minute, baseline.Author{Via: "the operator"}, s.now)
	s.now = s.now.Add(20 * time.Minute)
	s.drop("/lib/x.php")
	s.now = s.now.Add(time.Minute)
	s.m.Decisions.EndDeploy(baseline.Author{Via: "the operator"}, s.now)
	return s.outcome(s.post("/lib/x.php", attacker(0)))
}

// usedBeforeManifest: an operator trusts what is on the disk, the shell among it.
func usedBeforeManifest(t *testing.T, hidden bool) string {
	s := learned(t, "/srv")
	s.drop("/lib/x.php")
	before := s.outcome(s.post("/lib/x.php", attacker(0)))
	if hidden {
		for n := range 10_000 {
			s.outcome(s.post(fmt.Sprintf("/lib/%d.php", n), attacker(n)))
		}
	}
	s.now = s.now.Add(time.Minute)
	adopted := "adopted"
	a, err := s.m.Decisions.Adopt(baseline.FileManifest{Scripts: []string{"/index.php", "/lib/x.php"}}.Keys("/srv"), baseline.Author{Via: "the operator"}, s.now, s.d.Limits())
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Flagged) == 1 && a.Trusted == 1 {
		adopted = "left out of the manifest"
	}
	return before + "; " + adopted + "; " + s.outcome(s.post("/lib/x.php", attacker(0)))
}
