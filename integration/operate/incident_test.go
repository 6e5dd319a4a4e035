package operate

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// rendered is what a visitor is shown where the guard refuses with its own status.
const rendered = "the site's own page for 451"

// TestPHPIncidentAnswers is what an incident looks like from outside and on
// record: refusals are the site's own pages, in every mode, alerts say why in a
// sentence, and what was refused is listed until somebody has looked at it.
func TestPHPIncidentAnswers(t *testing.T) {
	s := lab.NewSite(t)
	v := lab.NewVisitor(t)
	c := lab.StartCaddyWith(t, "servers {\n\t\tprotocols h1\n\t\ttrusted_proxies static 127.0.0.0/8\n\t\ttrusted_proxies_strict\n\t}",
		fmt.Sprintf(`http://:%d {
	log
	root * %s
	webshell_guard log {
		site shop
		learn 1s 0
		block_status 451
	}
	php_fastcgi unix/%s
	file_server
	handle_errors {
		respond "the site's own page for {err.status_code}"
	}
}
`, v.Port, s.Root, lab.StartFPM(t)), nil)
	from := func(n int) map[string][]string {
		return map[string][]string{"X-Forwarded-For": {fmt.Sprintf("198.51.%d.7", n)}}
	}
	ask := func(method, path string, network int) lab.Answer {
		return v.Ask(lab.Request{Method: method, Path: path, Network: 1, Referer: network < lab.Stranger, Header: from(network)})
	}
	for network := range 5 {
		for _, path := range []string{"/", "/about.php", "/style.css"} {
			ask("GET", path, network)
		}
		ask("POST", "/contact.php", network)
	}
	c.Enforcing(1)

	refused := func(when, name string) {
		t.Helper()
		for _, method := range []string{"GET", "POST"} {
			a := ask(method, "/"+name, lab.Stranger)
			if a.Status != 451 || a.Body != rendered || s.Executed(name) {
				t.Errorf("%s: %s %s: %d %s", when, method, name, a.Status, a.Body)
			}
			if e := c.Logged(a.Mark); e.Guard == nil || e.Guard.Action != "block" || e.Guard.Stage != "request" {
				t.Errorf("%s: %s %s is logged as %+v", when, method, name, e.Guard)
			}
		}
	}
	served := func(when string) {
		t.Helper()
		for n, path := range []string{"/", "/about.php", "/style.css", "/uploads/photo.png"} {
			if a := ask("GET", path, n); a.Status != 200 || strings.Contains(a.Body, rendered) {
				t.Errorf("%s: %s: %d %s", when, path, a.Status, a.Body)
			}
		}
		if a := ask("POST", "/contact.php", 2); a.Status != 200 || !strings.Contains(a.Body, "thank you, value") {
			t.Errorf("%s: the form: %d %s", when, a.Status, a.Body)
		}
	}
	listed := func(when string, contained bool, names ...string) {
		t.Helper()
		text, err := c.Admin("GET", "/webshell_guard/sites/shop/containment", "")
		var state struct {
			Contained bool
			Refused   []struct {
				Path  string
				Count int
			}
		}
		if err != nil || json.Unmarshal([]byte(text), &state) != nil || state.Contained != contained {
			t.Fatalf("%s: %s, %v", when, text, err)
		}
		counts := map[string]int{}
		for _, r := range state.Refused {
			counts[r.Path] = r.Count
		}
		for _, name := range names {
			if counts["/"+name] == 0 {
				t.Errorf("%s: %s is not listed: %s", when, name, text)
			}
		}
		for _, path := range []string{"/index.php", "/about.php", "/contact.php"} {
			if counts[path] != 0 {
				t.Errorf("%s: %s is listed: %s", when, path, text)
			}
		}
	}

	s.Drop("lib.php")
	if a := ask("POST", "/lib.php", lab.Stranger); a.Status != 200 || !s.Executed("lib.php") {
		t.Fatalf("in log mode the shell runs: %d %s", a.Status, a.Body)
	}
	alerted := false
	for line := range strings.Lines(c.Read("log.json")) {
		var alert struct{ Msg, Client, Script, Sentence string }
		if json.Unmarshal([]byte(line), &alert) == nil && alert.Msg == "alert" && alert.Script == "/lib.php" {
			alerted = alert.Client == fmt.Sprintf("198.51.%d.7", lab.Stranger) && strings.HasPrefix(alert.Sentence, "POST to /lib.php: ")
		}
	}
	if !alerted {
		t.Error("no alert names the shell, its client and why")
	}

	c.Must("this node", "contain", "shop", "--for", "1h")
	s.Drop("unseen.php")
	refused("contained", "lib.php")
	refused("contained", "unseen.php")
	served("contained")
	listed("contained", true, "lib.php", "unseen.php")

	s.Drop("newsletter.php")
	refused("before it is approved", "newsletter.php")
	c.Must("/newsletter.php", "approve", "shop", "/newsletter.php") // which stores the state, the list with it
	c.Kill()
	c.Start()
	refused("after kill -9", "lib.php")
	refused("after kill -9", "unseen.php")
	served("after kill -9")
	listed("after kill -9", true, "lib.php", "unseen.php", "newsletter.php")
	c.Must("until ", "status", "shop")
	if a := ask("GET", "/newsletter.php", 1); a.Status != 200 || !s.Executed("newsletter.php") {
		t.Errorf("what was approved, after kill -9: %d %s", a.Status, a.Body)
	}

	c.Must("/lib.php", "release", "shop") // and lists what it refused
	listed("released", false)
	if a := ask("GET", "/unseen.php", lab.Stranger+1); a.Status != 200 || !s.Executed("unseen.php") {
		t.Errorf("released, in log mode: %d %s", a.Status, a.Body)
	}
	c.Must("/lib.php", "deny", "shop", "/lib.php")
	c.Kill()
	c.Start()
	refused("denied, in log mode, after kill -9", "lib.php")
	served("after all")
}
