package redteam

import (
	"fmt"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// teachingAttacks prepare the baseline before they use a backdoor in a form that the site
// knows, with a parameter, header field or cookie of its own.
var teachingAttacks = []attack{
	{
		"A form is overwritten, and takes commands in a parameter of its own", "request 1: malicious",
		func(t *testing.T) string { return prepared(t, nil) },
	},
	{
		"The same, after another client read the form with that parameter", "request 1: malicious",
		func(t *testing.T) string {
			return prepared(t, func(s *target) { s.play(s.get("/contact.php", attacker(1), referred, querying("c_e=1"))) })
		},
	},
	{
		"The same, after three clients brought that parameter to the form on three days", "request 1: malicious",
		func(t *testing.T) string {
			return prepared(t, func(s *target) {
				for n := range 9 {
					s.play(s.visits(s.post("/contact.php", attacker(1+n%3), referred, sending("name=a&message=b&c_e=1"))))
					s.now = s.now.Add(day / 3)
				}
			})
		},
	},
	{
		"The same, after one client sent the form twelve times 60 made-up names", "request 1: malicious",
		func(t *testing.T) string { return prepared(t, madeUp) },
	},
	{
		"The same, after one client sent the form eight made-up sets of names, while the site was learned", "request 1: malicious",
		func(t *testing.T) string { return preparedWhileLearning(t, madeUpSets) },
	},
	{
		"The same, after one client sent the form twelve times 60 made-up names, while the site was learned", "request 1: malicious",
		func(t *testing.T) string { return preparedWhileLearning(t, madeUp) },
	},
	{
		"A form takes a command that is no form, after 250 payloads from no page by one client, while the site was learned", "request 1: malicious, answer refused",
		func(t *testing.T) string {
			s := newTarget(t, "")
			s.liveUntilEnforcing(func() {
				for range 63 { // on each of four days
					s.play(s.post("/contact.php", attacker(1), sending("name=a&message=b"), answering(200, home)))
				}
				visitorsWrite(s)
			})
			return s.outcome(s.post("/contact.php", attacker(0), sending("\x01\x02\x03\x04\x05\x06\x07\x08 no form at all"), answering(200, home)))
		},
	},
	{
		"A page takes commands in a header field that one client sent it before", "request 1: suspicious",
		func(t *testing.T) string {
			return channelled(t, func(x *detector.Exchange) { x.Header["X-Filter"] = []string{long} })
		},
	},
	{
		"A page takes commands in a cookie that one client sent it before", "request 1: suspicious",
		func(t *testing.T) string {
			return channelled(t, func(x *detector.Exchange) { x.Header["Cookie"] = []string{"lang=en; xf=" + long} })
		},
	},
}

// long is a value that nobody can read.
var long = strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo", 12)

// querying sends parameters in the query, sending in a form.
func querying(query string) change { return func(x *detector.Exchange) { x.Query = query } }

func sending(form string) change {
	return func(x *detector.Exchange) {
		x.Body, x.Sent = []byte(form), int64(len(form))
		x.Header = map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}
	}
}

// visitorsWrite has every honest network send the form.
func visitorsWrite(s *target) {
	for n := range 60 {
		s.honest(s.post("/contact.php", honest(n), referred, sending("name=a&mail=a@b.example&message=hello+there"), answering(200, home)))
	}
}

// prepared plays the attack on a site that has learned in peace.
func prepared(t *testing.T, prepare func(*target)) string {
	s := newTarget(t, "")
	s.liveUntilEnforcing(func() { visitorsWrite(s) })
	if prepare != nil {
		prepare(s)
	}
	return s.outcome(unknownField(s))
}

// preparedWhileLearning has somebody prepare it on each day of learning.
func preparedWhileLearning(t *testing.T, prepare func(*target)) string {
	s := newTarget(t, "")
	s.liveUntilEnforcing(func() { prepare(s); visitorsWrite(s) })
	return s.outcome(unknownField(s))
}

// unknownField is the attack: a stranger's, with a parameter that the form does not have.
func unknownField(s *target) detector.Exchange {
	return s.post("/contact.php", attacker(0), sending("c_e=id"))
}

func madeUp(s *target) {
	for n := range 12 {
		var names []string
		for i := range 60 {
			names = append(names, fmt.Sprintf("n%d_%d=1", n, i))
		}
		s.play(s.get("/contact.php", attacker(1), referred, querying(strings.Join(names, "&")), answering(200, home)))
	}
}

func madeUpSets(s *target) {
	for n := range 8 {
		s.play(s.post("/contact.php", attacker(1), referred, sending(fmt.Sprintf("made%d=1&up%d=2", n, n)), answering(200, home)))
	}
}

// channelled plays a stranger's request to a page that is only read, with something that
// one client brought there before.
func channelled(t *testing.T, bringing change) string {
	s := newTarget(t, "")
	headers := func(x *detector.Exchange) { x.Header = map[string][]string{"Accept": {"*/*"}} }
	s.liveUntilEnforcing(func() {
		for n := range 60 {
			s.honest(s.get("/news.php", honest(n), referred, headers))
		}
	})
	s.play(s.visits(s.get("/news.php", attacker(1), referred, headers, bringing, answering(200, home))))
	return s.outcome(s.get("/news.php", attacker(0), headers, bringing))
}
