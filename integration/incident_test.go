package integration

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// rendered is what a visitor is shown where the guard refuses with its own status.
const rendered = "the site's own page for 451"

// TestPHPIncidentAnswers is what an incident looks like from outside and on
// record: refusals are the site's own pages, in every mode, alerts say why in a
// sentence, and what was refused is listed until somebody has looked at it.
func TestPHPIncidentAnswers(t *testing.T) {
	s := newSite(t)
	v := visitor{t: t, port: freePort(t)}
	c := startCaddyWith(t, "servers {\n\t\tprotocols h1\n\t\ttrusted_proxies static 127.0.0.0/8\n\t\ttrusted_proxies_strict\n\t}",
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
`, v.port, s.root, startFPM(t)), nil)
	from := func(n int) map[string][]string {
		return map[string][]string{"X-Forwarded-For": {fmt.Sprintf("198.51.%d.7", n)}}
	}
	ask := func(method, path string, network int) answer {
		return v.ask(request{method: method, path: path, network: 1, referer: network < stranger, header: from(network)})
	}
	for network := range 5 {
		for _, path := range []string{"/", "/about.php", "/style.css"} {
			ask("GET", path, network)
		}
		ask("POST", "/contact.php", network)
	}
	c.enforcing(1)

	refused := func(when, name string) {
		t.Helper()
		for _, method := range []string{"GET", "POST"} {
			a := ask(method, "/"+name, stranger)
			if a.status != 451 || a.body != rendered || s.executed(name) {
				t.Errorf("%s: %s %s: %d %s", when, method, name, a.status, a.body)
			}
			if e := c.logged(a.mark); e.Guard == nil || e.Guard.Action != "block" || e.Guard.Phase != "request" {
				t.Errorf("%s: %s %s is logged as %+v", when, method, name, e.Guard)
			}
		}
	}
	served := func(when string) {
		t.Helper()
		for n, path := range []string{"/", "/about.php", "/style.css", "/uploads/photo.png"} {
			if a := ask("GET", path, n); a.status != 200 || strings.Contains(a.body, rendered) {
				t.Errorf("%s: %s: %d %s", when, path, a.status, a.body)
			}
		}
		if a := ask("POST", "/contact.php", 2); a.status != 200 || !strings.Contains(a.body, "thank you, value") {
			t.Errorf("%s: the form: %d %s", when, a.status, a.body)
		}
	}
	listed := func(when string, contained bool, names ...string) {
		t.Helper()
		text, err := c.admin("GET", "/webshell_guard/sites/shop/containment", "")
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

	s.drop("lib.php")
	if a := ask("POST", "/lib.php", stranger); a.status != 200 || !s.executed("lib.php") {
		t.Fatalf("in log mode the shell runs: %d %s", a.status, a.body)
	}
	alerted := false
	for line := range strings.Lines(c.read("log.json")) {
		var alert struct{ Msg, Client, Script, Sentence string }
		if json.Unmarshal([]byte(line), &alert) == nil && alert.Msg == "alert" && alert.Script == "/lib.php" {
			alerted = alert.Client == fmt.Sprintf("198.51.%d.7", stranger) && strings.HasPrefix(alert.Sentence, "POST to /lib.php: ")
		}
	}
	if !alerted {
		t.Error("no alert names the shell, its client and why")
	}

	c.must("this node", "contain", "shop", "--for", "1h")
	s.drop("unseen.php")
	refused("contained", "lib.php")
	refused("contained", "unseen.php")
	served("contained")
	listed("contained", true, "lib.php", "unseen.php")

	s.drop("newsletter.php")
	refused("before it is approved", "newsletter.php")
	c.must("/newsletter.php", "approve", "shop", "/newsletter.php") // which stores the state, the list with it
	c.kill()
	c.start()
	refused("after kill -9", "lib.php")
	refused("after kill -9", "unseen.php")
	served("after kill -9")
	listed("after kill -9", true, "lib.php", "unseen.php", "newsletter.php")
	c.must("until ", "status", "shop")
	if a := ask("GET", "/newsletter.php", 1); a.status != 200 || !s.executed("newsletter.php") {
		t.Errorf("what was approved, after kill -9: %d %s", a.status, a.body)
	}

	c.must("/lib.php", "release", "shop") // and lists what it refused
	listed("released", false)
	if a := ask("GET", "/unseen.php", stranger+1); a.status != 200 || !s.executed("unseen.php") {
		t.Errorf("released, in log mode: %d %s", a.status, a.body)
	}
	c.must("/lib.php", "deny", "shop", "/lib.php")
	c.kill()
	c.start()
	refused("denied, in log mode, after kill -9", "lib.php")
	served("after all")
}
