package redteam

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// patienceAttacks let time and company speak for a shell that was dropped after
// learning.
var patienceAttacks = []attack{
	{"A shell is dropped and sent a command", "request 1: malicious", func(t *testing.T) string { return atOnce(t, "", "/lib/x.php") }},
	{"A shell is dropped and sent a command, with a root", "request 1: malicious, refused before it ran", func(t *testing.T) string { return atOnce(t, "/srv", "/lib/x.php") }},
	{"A shell is dropped and sent a long command that nobody can read", "request 1: malicious, refused before it ran", func(t *testing.T) string { return atOnce(t, "", "/lib/x.php", unreadable) }},
	{
		"The same by a client that sends Expect", "request 1: malicious, answer refused",
		func(t *testing.T) string {
			return atOnce(t, "", "/lib/x.php", unreadable, func(x *detector.Exchange) { x.Header["Expect"] = []string{"100-continue"} })
		},
	},
	{"A shell is dropped among uploads and sent a command", "request 1: malicious, refused before it ran", func(t *testing.T) string { return atOnce(t, "", "/uploads/x.php") }},
	{"A stranger uploads a picture with a shell in it, and sends a command to it by another name a minute later", "request 1: malicious, refused before it ran", func(t *testing.T) string { return asPicture(t, 0) }},
	{"The same by a network that read the site two days before", "request 1: malicious", func(t *testing.T) string { return asPicture(t, 2*day) }},
	{"A slow drip by 3 networks over 30 days", "request 4; in all 3 of 6 found, 0 refused; never trusted", func(t *testing.T) string { return dripped(t, "", 3) }},
	{"A slow drip by 30 networks over 30 days", "request 31; in all 30 of 60 found, 0 refused; never trusted", func(t *testing.T) string { return dripped(t, "", 30) }},
	{"A slow drip by 300 networks over 30 days", "request 301; in all 300 of 600 found, 0 refused; never trusted", func(t *testing.T) string { return dripped(t, "", 300) }},
	{"A slow drip by 300 networks over 30 days, with a root", "request 1; in all 600 of 600 found, 300 refused; never trusted", func(t *testing.T) string { return dripped(t, "/srv", 300) }},
	{
		"A slow drip by 30 networks over 30 days, with the commands in queries", "lost, but never trusted",
		func(t *testing.T) string {
			return dripped(t, "", 30, func(x *detector.Exchange) { x.Method, x.HasBody, x.Query = "GET", false, "c=id" })
		},
	},
	{"A comment links the shell and 50 visitors follow it, then it is sent a command", "the visits are clean; the command: request 1: malicious", func(t *testing.T) string { return spammed(t, "") }},
	{"A comment links the shell and 50 visitors follow it, then one sends a command with a forged Referer", "the visits are clean; the command: request 1: malicious", func(t *testing.T) string { return spammed(t, "", referred) }},
	{"A comment links the shell and 50 visitors follow it, then one sends a command, with a root", "request 1: suspicious; the command: request 1: malicious, refused before it ran", func(t *testing.T) string { return spammed(t, "/srv", referred) }},
	{
		"A form that nobody visited for 150 days is overwritten and sent a command", "request 1: suspicious",
		func(t *testing.T) string { return dormant(t, false) },
	},
	{
		"A form that nobody visited for 150 days is sent a command by a visitor, with a forged Referer", "lost",
		func(t *testing.T) string { return dormant(t, false, referred) },
	},
	{
		"A form that nobody visited for 150 days is read, and sent a command a week later", "request 1: suspicious",
		func(t *testing.T) string { return dormant(t, true) },
	},
}

// atOnce is the attack without any care.
func atOnce(t *testing.T, root, shell string, changes ...change) string {
	s := learned(t, root)
	s.drop(shell)
	return s.outcome(s.post(shell, attacker(0), changes...))
}

// unreadable is a command as the clients of encrypted shells send it.
func unreadable(x *detector.Exchange) {
	x.Body = []byte("pass=" + strings.Repeat("QUJDREVGR0hJSktMTU5P", 50))
	x.Header, x.Sent = map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}, int64(len(x.Body))
}

// asPicture uses the shell just after something was uploaded that may be it, by
// somebody who first looked at the site some time before.
func asPicture(t *testing.T, before time.Duration) string {
	s := learned(t, "")
	s.play(s.get("/contact.php", attacker(0)))
	s.now = s.now.Add(before)
	body := []byte("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"me.png\"\r\n\r\n<?php\r\n--b--\r\n")
	s.play(s.post("/contact.php", attacker(0), referred, func(x *detector.Exchange) {
		x.Header, x.Body = map[string][]string{"Content-Type": {"multipart/form-data; boundary=b"}}, body
	}))
	s.now = s.now.Add(time.Minute)
	return s.outcome(s.post("/lib/x.php", attacker(0)))
}

// dripped spreads visits to a shell over thirty days, each network reading it
// first and sending a payload at last, all as if by a link of the site.
func dripped(t *testing.T, root string, networks int, last ...change) string {
	s := learned(t, root)
	const shell = "/lib/x.php"
	s.drop(shell)
	var list []detector.Exchange
	add := func(x detector.Exchange, n int) {
		x.Time = s.now.Add(30 * day * time.Duration(n) / time.Duration(2*networks))
		list = append(list, x)
	}
	for n := range networks {
		add(s.get(shell, attacker(n), referred), n)
	}
	for n := range networks {
		add(s.post(shell, attacker(n), append(last, referred)...), networks+n)
	}
	first, flagged, refused := 0, 0, 0
	for i, x := range list {
		v, how := s.play(s.visits(x))
		if v != detector.Clean {
			if flagged++; first == 0 {
				first = i + 1
			}
		}
		if how != "" {
			refused++
		}
	}
	if s.trust(shell) != baseline.Provisional.String() {
		t.Error("it bought trust")
	}
	if flagged == 0 {
		return "lost, but never trusted"
	}
	return fmt.Sprintf("request %d; in all %d of %d found, %d refused; never trusted", first, flagged, len(list), refused)
}

// spammed has honest visitors follow a link to the shell before it is used.
func spammed(t *testing.T, root string, changes ...change) string {
	s := learned(t, root)
	const shell = "/lib/x.php"
	s.drop(shell)
	seen := lost
	for n := range 50 {
		if got := s.outcome(s.get(shell, honest(n), referred)); seen == lost {
			seen = got
		}
	}
	from := attacker(0)
	if len(changes) > 0 {
		from = honest(51)
	}
	if seen == lost {
		seen = "the visits are clean"
	}
	return seen + "; the command: " + s.outcome(s.post(shell, from, changes...))
}

// dormant leaves a page that takes forms alone for 150 days, while the site goes
// on.
func dormant(t *testing.T, read bool, changes ...change) string {
	s := newTarget(t, "")
	const page = "/survey.php"
	s.liveUntilEnforcing(func() {
		for n := range 10 {
			s.honest(s.get(page, honest(n), referred))
			s.honest(s.post(page, honest(n), referred))
		}
	})
	for range 150 {
		s.live()
	}
	if s.trust(page) != baseline.Trusted.String() {
		t.Fatal("not trusted")
	}
	from := attacker(0)
	if len(changes) > 0 {
		from = honest(51)
	}
	if read {
		s.play(s.get(page, attacker(1)))
		s.now = s.now.Add(7 * day)
	}
	return s.outcome(s.post(page, from, changes...))
}
