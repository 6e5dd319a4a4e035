package operate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// TestPHPEvidence: a shell is used, and Caddy killed. Who used it is known afterwards, and
// neither a pattern nor a manifest of the live root trusts the shell.
func TestPHPEvidence(t *testing.T) {
	c, s, v := lab.FastCGI().Guarded(t, "log", lab.StartFPM(t))
	const shell = "/wp-content/themes/x.php"
	stranger := fmt.Sprintf("127.0.%d.1", lab.Stranger)
	s.Drop(shell)
	s.Drop("wp-content/themes/new.php")
	var a lab.Answer
	for range 3 {
		if a = v.Post(shell, lab.Stranger); a.Status != 200 || !s.Executed(shell) {
			t.Fatalf("in log mode the shell runs: %d", a.Status)
		}
	}
	if e := c.Logged(a.Mark); e.Guard == nil || e.Guard.Verdict != "malicious" {
		t.Fatalf("%+v", e.Guard)
	}
	shown := func(when string) {
		t.Helper()
		row := lineWith(c.Must(shell, "scripts", "php"), shell)
		for _, want := range []string{"malicious", "3 from 1 network", stranger, "200"} {
			if !strings.Contains(row, want) {
				t.Errorf("%s: %q is not in %s", when, want, row)
			}
		}
		list := c.Must("POST", "flagged", "php", "--would-block", "--script", shell)
		if n := strings.Count(list, stranger); n != 3 || strings.Contains(list, a.Mark) {
			t.Errorf("%s: %d requests, or the query's values:\n%s", when, n, list)
		}
		if _, err := c.Admin("GET", "/webshell_guard/sites/php/flagged", ""); err != nil {
			t.Error(err)
		}
		status, err := c.Admin("GET", "/webshell_guard/sites/php", "")
		if err != nil || !strings.Contains(status, `"would_block_24h":3,`) {
			t.Errorf("%s: %s %v", when, status, err)
		}
	}
	shown("at once")
	c.Must("", "approve", "php", "/about.php") // which stores the state
	c.Kill()
	c.Start()
	shown("after kill -9")

	c.Must("Not approved", "deploy", "php", "--for", "0s", "--manifest", s.Root)
	if e := c.Logged(v.Post("/wp-content/themes/new.php", 1).Mark); e.Guard.Has(1001) {
		t.Errorf("the rest of the manifest is not trusted: %+v", e.Guard)
	}
	flagged := func(when string) {
		t.Helper()
		a := v.Post(shell, lab.Stranger)
		if e := c.Logged(a.Mark); a.Status != 200 || !e.Guard.Has(1001) {
			t.Errorf("%s: the shell is trusted: %+v", when, e.Guard)
		}
	}
	flagged("after a manifest of the live root")
	c.Must("Not approved", "approve", "php", "/wp-content/**")
	flagged("after a pattern")
	c.MustFail("--even-flagged", "approve", "php", shell)
	flagged("after its name")
	c.Must("in spite of", "approve", "php", "--even-flagged", shell)
	if a := v.Post(shell, 1); c.Logged(a.Mark).Guard.Has(1001) {
		t.Error("it is not trusted although somebody said so")
	}
}

// lineWith is the line that has the text in it.
func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}
