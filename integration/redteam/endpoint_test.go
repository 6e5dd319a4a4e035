package redteam

import (
	"fmt"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// endpointAttacks use what is no file: filters in the memory of an application without
// scripts, and operations behind a front controller.
var endpointAttacks = []attack{
	{
		"A filter in the server's memory takes commands on a route that was only read", "request 1: malicious, refused before it ran",
		func(t *testing.T) string {
			s := routed(t, "")
			return s.outcome(s.post("/about", attacker(0), sending(long)))
		},
	},
	{
		"The same, in words", "request 1: suspicious",
		func(t *testing.T) string {
			s := routed(t, "")
			return s.outcome(s.post("/product/7", attacker(0), sending("run=id")))
		},
	},
	{
		"The same, while the site is contained", "request 1: suspicious, refused before it ran",
		func(t *testing.T) string {
			s := routed(t, "")
			s.m.Containment.Begin(0, false, baseline.Author{Via: "test"}, s.now)
			return s.outcome(s.visits(s.post("/about", attacker(0), referred, sending("run=id"))))
		},
	},
	{
		"A filter in the server's memory takes commands in a header field of its own", "request 1: suspicious",
		func(t *testing.T) string {
			s := routed(t, "")
			return s.outcome(s.get("/about", attacker(0), func(x *detector.Exchange) { x.Header = map[string][]string{"X-Filter": {long}} }))
		},
	},
	{
		"A filter in the server's memory takes commands on a route that takes payloads, in a parameter of its own", "request 1: suspicious",
		func(t *testing.T) string {
			s := routed(t, "")
			return s.outcome(s.post("/cart/add", attacker(0), sending("run=id")))
		},
	},
	{
		"An operation is added behind the front controller, and takes a command", "request 1: malicious",
		func(t *testing.T) string {
			s := routed(t, "/srv")
			return s.outcome(s.post("/api/tools/run", attacker(0), sending("run=id"), running("/index.php")))
		},
	},
	{
		"An operation is added behind the front controller, and takes a command that nobody can read", "request 1: malicious, answer refused",
		func(t *testing.T) string {
			s := routed(t, "/srv")
			return s.outcome(s.post("/api/tools/run", attacker(0), sending(long), running("/index.php")))
		},
	},
	{
		"A route of the front controller that was only read takes a command", "request 1: malicious",
		func(t *testing.T) string {
			s := routed(t, "/srv")
			return s.outcome(s.post("/about", attacker(0), sending("run=id"), running("/index.php")))
		},
	},
	{
		"A scanner's payloads to names that the front controller does not know", "held: 0 of 40 flagged",
		func(t *testing.T) string {
			s := routed(t, "/srv")
			flagged := 0
			for n := range 40 {
				status := 404
				if n%2 == 0 {
					status = 200
				}
				v, _ := s.play(s.post(fmt.Sprintf("/probe-%d/shell", n), attacker(0), sending("a=b"), running("/index.php"), answering(status, notFound)))
				if v != detector.Clean {
					flagged++
				}
			}
			return fmt.Sprintf("held: %d of 40 flagged", flagged)
		},
	},
}

// routed is a site whose pages have no suffix: of an application behind reverse_proxy, or
// with a root of a front controller. Sixty networks read it, and fill their carts.
func routed(t *testing.T, root string) *target {
	s := newTarget(t, root)
	run := func(*detector.Exchange) {}
	if root != "" {
		run = running("/index.php")
	}
	headers := func(x *detector.Exchange) {
		if x.Header == nil {
			x.Header = map[string][]string{}
		}
		x.Header["Accept"] = []string{"*/*"}
	}
	s.liveUntilEnforcing(func() {
		for n := range 60 {
			for _, page := range []string{"/about", "/news", fmt.Sprintf("/product/%d", n%9)} {
				s.honest(s.get(page, honest(n), referred, headers, run, answering(200, strings.ReplaceAll(home, "small", page))))
			}
			s.honest(s.post("/cart/add", honest(n), referred, sending("product=7&count=1"), headers, run, answering(302, "")))
			s.play(s.get(fmt.Sprintf("/missing-%d", n), honest(n), headers, run, answering(404, notFound)))
		}
		for n := range 12 { // old links
			s.play(s.get(fmt.Sprintf("/gone/%d-x", n), honest(n), headers, run, answering(200, notFound)))
		}
	})
	return s
}
