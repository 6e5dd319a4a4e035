package redteam

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// proxyAttacks come through a proxy that adds the client's address to the
// X-Forwarded-For header that he sent.
var proxyAttacks = []attack{
	{
		"Forged X-Forwarded-For during learning, without trusted_proxies_strict", "lost: he is 150 networks, learning ends; the shell is trusted",
		func(t *testing.T) string { return forged(t, "") },
	},
	{
		"Forged X-Forwarded-For during learning, with trusted_proxies_strict", "held: he is one network, learning goes on",
		func(t *testing.T) string { return forged(t, "trusted_proxies_strict") },
	},
}

// forged has one client send a shell that is there during learning commands from
// addresses that he makes up, and looks at what the guard learned from it.
func forged(t *testing.T, strict string) string {
	front, behind := lab.FreePort(t), lab.FreePort(t)
	c := lab.StartCaddy(t, fmt.Sprintf("http://:%d {\n\trespond ok\n}\n", lab.FreePort(t)))
	err := c.Reload(func(f string) string {
		return strings.Replace(f, "protocols h1", "protocols h1\n\t\ttrusted_proxies static 127.0.0.1\n\t\t"+strict, 1) + fmt.Sprintf(`http://:%d {
	reverse_proxy 127.0.0.1:%[2]d {
		header_up X-Forwarded-For "{http.request.header.X-Forwarded-For}, {http.request.remote.host}"
	}
}
http://:%[2]d {
	webshell_guard block {
		site forged
	}
	respond "uid=33(www-data)"
}
`, front, behind)
	})
	if err != nil {
		t.Fatal(err)
	}
	v := lab.VisitorAt(t, front)
	for n := range 150 {
		v.Ask(lab.Request{Method: http.MethodPost, Path: "/lib/x.php", Network: lab.Stranger, Header: http.Header{
			"X-Forwarded-For": {fmt.Sprintf("10.77.%d.1", n)},
		}})
	}
	c.Stop()
	if warned := strings.Contains(c.Read("log.json"), "clients can forge their address"); warned == (strict != "") {
		t.Errorf("warned: %v", warned)
	}
	s, stored, err := baseline.Open("forged", stored{filepath.Join(c.Dir, "storage/webshell_guard/forged")}, time.Now())
	if err != nil || !stored {
		t.Fatal(stored, err)
	}
	phase := s.Phases.Advance(time.Now().Add(72*time.Hour), baseline.DefaultLimits())
	p := s.Scripts.Lookup(baseline.Key{Path: "/lib/x.php"})
	if p == nil {
		t.Fatal("nothing was learned")
	}
	switch {
	case phase == baseline.Learning && p.Networks() == 1:
		return "held: he is one network, learning goes on"
	case phase == baseline.Enforcing && p.Networks() > 50:
		return "lost: he is 150 networks, learning ends; the shell is " + p.Trust().String()
	}
	return fmt.Sprintf("%s, %d networks, %s", phase, p.Networks(), p.Trust())
}

// stored reads what Caddy has stored of a site.
type stored struct{ dir string }

func (s stored) Load(name string) ([]byte, error) { return os.ReadFile(filepath.Join(s.dir, name)) }
func (stored) Store(string, []byte) error         { return errors.ErrUnsupported }
func (stored) Delete(string) error                { return errors.ErrUnsupported }

// sharingAttacks have two guards use one name.
var sharingAttacks = []attack{
	{
		"Two hosts share a baseline by mistake: neither names its site", "held: Caddy refuses the configuration",
		func(t *testing.T) string { return shared(t, "", "") },
	},
	{
		"Two hosts share a baseline by mistake: the name is the same, the options are not", "held: Caddy refuses the configuration",
		func(t *testing.T) string { return shared(t, "site shop", "site shop\n\t\tlearn 1h") },
	},
	{
		"Two hosts share a baseline on purpose: a shell on one has the name of a script of the other, no root", "lost",
		func(t *testing.T) string { return sharedOnPurpose(t, false) },
	},
	{
		"Two hosts share a baseline on purpose: a shell on one has the name of a script of the other, with roots", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return sharedOnPurpose(t, true) },
	},
}

// twoHosts is the Caddyfile of two hosts with options of the guard.
func twoHosts(one, two string, ports [2]int, roots [2]string) (sites string) {
	for i, options := range []string{one, two} {
		sites += fmt.Sprintf("http://:%d {\n\tlog\n\troot %s\n\twebshell_guard block {\n\t\t%s\n\t}\n\trespond \"tool\"\n}\n", ports[i], roots[i], options)
	}
	return sites
}

func shared(t *testing.T, one, two string) string {
	c := lab.StartCaddy(t, fmt.Sprintf("http://:%d {\n\trespond ok\n}\n", lab.FreePort(t)))
	err := c.Reload(func(f string) string {
		return f + twoHosts(one, two, [2]int{lab.FreePort(t), lab.FreePort(t)}, [2]string{"/srv/one", "/srv/two"})
	})
	for _, told := range []string{"name them", "different settings"} {
		if err != nil && strings.Contains(err.Error(), told) {
			return "held: Caddy refuses the configuration"
		}
	}
	return fmt.Sprintf("lost: %v", err)
}

// sharedOnPurpose has the first host learn a tool, and drops a shell of the same
// name on the second.
func sharedOnPurpose(t *testing.T, rooted bool) string {
	ports, roots := [2]int{lab.FreePort(t), lab.FreePort(t)}, [2]string{t.TempDir(), t.TempDir()}
	options := "site shared\n\t\tlearn 2s 0"
	if !rooted {
		options += "\n\t\troot off"
	}
	drop := func(root string) {
		if err := os.WriteFile(filepath.Join(root, "tool.php"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	drop(roots[0])
	c := lab.StartCaddy(t, twoHosts(options, options, ports, roots))
	one, two := lab.VisitorAt(t, ports[0]), lab.VisitorAt(t, ports[1])
	for n := 1; n <= 5; n++ {
		one.Ask(lab.Request{Method: http.MethodGet, Path: "/tool.php", Network: n, Referer: true})
		one.Ask(lab.Request{Method: http.MethodPost, Path: "/tool.php", Network: n, Referer: true})
	}
	c.Enforcing(1)
	drop(roots[1])
	return outcome(c, two.Post("/tool.php", lab.Stranger))
}

// outcome tells what a real Caddy made of a request, as target.outcome does.
func outcome(c *lab.Caddy, a lab.Answer) string {
	e := c.Logged(a.Mark)
	if e.Guard == nil {
		return lost
	}
	result := "request 1: " + e.Guard.Verdict
	if e.Guard.Action == "block" {
		result += map[string]string{"request": ", refused before it ran", "response": ", answer refused"}[e.Guard.Stage]
	}
	return result
}

// phpAttacks are against real PHP.
var phpAttacks = []attack{
	{
		"A shell that answers 404, behind php_fastcgi", "request 1: malicious, refused before it ran",
		func(t *testing.T) string { return hiddenByStatus(t, lab.FastCGI()) },
	},
	{
		"A shell that answers 404, behind reverse_proxy, where a front controller answers to missing names", "lost",
		func(t *testing.T) string { return hiddenByStatus(t, lab.Proxied()) },
	},
}

func hiddenByStatus(t *testing.T, u lab.Setup) string {
	c, s, v := u.Guarded(t, "block", lab.StartFPM(t))
	for n := range 5 {
		v.Get(fmt.Sprintf("/wp-content/%d.php", n), lab.Stranger+1)
	}
	s.Put("x.php", fmt.Sprintf(`<?php touch(%q); http_response_code(404); echo "uid=33(www-data)";`, s.Ran+"/x.php"))
	got := outcome(c, v.Post("/x.php", lab.Stranger))
	if ran := s.Executed("x.php"); ran == strings.Contains(got, "before it ran") {
		t.Errorf("executed: %v", ran)
	}
	return got
}
