package redteam

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/alert"
)

// provenAttacks go on after the answer to a first command gave them away.
var provenAttacks = []attack{
	{"A known page that is only read takes commands: the second", "request 1: malicious, refused before it ran", func(t *testing.T) string { return second(t, same) }},
	{"A known page that is only read takes commands: the second from another network, in the same session", "request 1: malicious, refused before it ran", func(t *testing.T) string { return second(t, elsewhere) }},
	{"A known page that is only read takes commands: the second from the same network, without the cookie", "request 1: malicious, refused before it ran", func(t *testing.T) string { return second(t, withoutCookie) }},
	{"A known page that is only read takes commands: the second from another network, without the cookie", "request 1: malicious", func(t *testing.T) string { return second(t, elsewhere, withoutCookie) }},
	{"A known page that is only read takes commands: the second two hours later", "request 1: malicious", func(t *testing.T) string {
		return second(t, func(x *detector.Exchange) { x.Time = x.Time.Add(2 * time.Hour) })
	}},
	{"A shell is dropped without a root, and sent a second command", "request 1: malicious, refused before it ran", func(t *testing.T) string {
		s := learned(t, "")
		s.outcome(s.post("/lib/x.php", attacker(0)))
		return s.outcome(s.post("/lib/x.php", attacker(0)))
	}},
	{"A picture's name is made to run, and takes a second command", "request 1: malicious, refused before it ran", func(t *testing.T) string {
		s := learned(t, "")
		s.outcome(s.post("/uploads/photo.jpg", attacker(0)))
		return s.outcome(s.post("/uploads/photo.jpg", attacker(0), func(x *detector.Exchange) { x.ContentType = "image/jpeg" }))
	}},
	{"Strangers are odd to a script first, then another sends it a command: who is told", "3 of 10 strangers are told, and the command: true", swallowed},
}

func same(*detector.Exchange)            {}
func elsewhere(x *detector.Exchange)     { x.Client = attacker(7) }
func withoutCookie(x *detector.Exchange) { delete(x.Header, "Cookie") }

// inSession is a command with the cookie that the attacker was given.
func inSession(x *detector.Exchange) {
	x.Header = map[string][]string{"Cookie": {"PHPSESSID=k3v0b8rr1u6c2m5q7n4t9x0z1a"}}
	x.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	x.Body = []byte("pass=" + strings.Repeat("QUJDREVGR0hJSktMTU5P", 50))
	x.Sent = int64(len(x.Body))
}

// second sends two commands to a page that was only read, and tells what became of the
// second, while a visitor's read and an honest payload elsewhere are served.
func second(t *testing.T, changes ...change) string {
	s := learned(t, "")
	const page = "/about.php"
	v, refused := s.play(s.visits(s.post(page, attacker(0), inSession)))
	if v != detector.Malicious || refused == "refused before it ran" {
		t.Errorf("the first command is %s, %s", v, refused)
	}
	s.now = s.now.Add(14 * time.Minute)
	for _, x := range []detector.Exchange{s.get(page, honest(3), referred), s.get(page, attacker(0), referred), s.post("/contact.php", honest(5), referred)} {
		if _, refused := s.play(x); refused != "" {
			t.Errorf("%s %s by %s: %s", x.Method, x.Path, x.Client, refused)
		}
	}
	x := s.post(page, attacker(0), inSession)
	x.Time = s.now
	for _, c := range changes {
		c(&x)
	}
	return s.outcome(s.visits(x))
}

// swallowed has three strangers send odd requests to a page, and then another a command.
func swallowed(t *testing.T) string {
	s := learned(t, "")
	var alerts alert.Alerts
	tell := func(from netip.Addr, x detector.Exchange) (told bool) {
		var e detector.Evaluation
		x.Time, x.EffectivePath, x.AnswerTaken = s.now, x.Path, true
		e.Whole(s.d, s.m, &x, func(*detector.Judgement) {})
		if j := e.Judgement(); j.Verdict != detector.Clean {
			told = alerts.Notify(alert.EventOf(j, from, s.m.Hash.Network(from))).Notify
		}
		e.Learn()
		s.m.Flush()
		s.now = s.now.Add(time.Minute)
		return told
	}
	told := 0
	for n := range 10 {
		if from := attacker(10 + n); tell(from, s.post("/about.php", from, answering(200, home))) {
			told++
		}
	}
	from := attacker(0)
	return fmt.Sprintf("%d of 10 strangers are told, and the command: %t", told, tell(from, s.post("/about.php", from, answering(200, "uid=33(www-data)"))))
}
