// Package operate plays what operators do: incidents, deployments, and the night of the responder.
package operate

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// TestPHPIncident plays a night: a shell appears, the site is contained, Caddy is
// killed, the site is cleaned and released.
func TestPHPIncident(t *testing.T) {
	c, s, v := lab.FastCGI().Guarded(t, "log", lab.StartFPM(t))
	serves := func(when string, paths ...string) {
		t.Helper()
		for n, path := range paths {
			if a := v.Get(path, n); a.Status != 200 {
				t.Errorf("%s: %s: %d", when, path, a.Status)
			}
		}
	}
	refuses := func(when string, names ...string) {
		t.Helper()
		for n, name := range names {
			a := v.Post("/"+name, lab.Stranger+n)
			if a.Status != 403 || s.Executed(name) {
				t.Errorf("%s: %s: %d %s", when, name, a.Status, a.Body)
			}
		}
	}
	known := []string{"/", "/about.php", "/style.css"}

	s.Drop("lib.php")
	if a := v.Post("/lib.php", lab.Stranger); a.Status != 200 || !s.Executed("lib.php") {
		t.Fatalf("in log mode the shell runs: %d", a.Status)
	}
	if log := c.Read("log.json"); !strings.Contains(log, `"sentence":"POST to /lib.php: `) {
		t.Error("nobody was told")
	}
	c.Must("/lib.php", "contain", "php", "--rehearse")
	refusedNothing := v.Post("/lib.php", lab.Stranger)
	if refusedNothing.Status != 200 {
		t.Errorf("rehearsing refuses: %d", refusedNothing.Status)
	}
	c.Must("this node", "contain", "php", "--for", "1h")
	s.Drop("unseen.php")
	s.Drop("uploads/y.php")
	s.Executed("lib.php")
	refuses("contained", "lib.php", "unseen.php", "uploads/y.php")
	serves("contained", known...)
	if a := v.Get("/missing.php", lab.Stranger); a.Status == 403 {
		t.Error("what is missing gets no 404")
	}

	c.Kill()
	c.Start()
	refuses("after kill -9", "lib.php", "unseen.php")
	serves("after kill -9", known...)
	c.Must("contained", "status", "php")

	s.Drop("newsletter.php") // the operator's own, as new as the shells
	refuses("before it is approved", "newsletter.php")
	c.Must("/newsletter.php", "approve", "php", "/newsletter.php")
	if a := v.Post("/newsletter.php", 1); a.Status != 200 {
		t.Errorf("approved: %d", a.Status)
	}
	c.Must("/lib.php", "deny", "php", "/lib.php")
	c.Must("", "release", "php")
	if a := v.Post("/unseen.php", lab.Stranger+9); a.Status != 200 {
		t.Errorf("released, in log mode: %d", a.Status)
	}
	s.Executed("unseen.php")
	refuses("denied", "lib.php")
	c.Kill()
	c.Start()
	refuses("denied, after kill -9", "lib.php")
	serves("after all", known...)
}

// TestPHPDeploy deploys forty scripts, once by itself and once announced.
func TestPHPDeploy(t *testing.T) {
	c, s, v := lab.FastCGI().Guarded(t, "log", lab.StartFPM(t))
	deploy := func(dir string) (flagged int) {
		t.Helper()
		for n := range 40 {
			s.Put(fmt.Sprintf("%s/%d/new%d.php", dir, n%4, n), `<!doctype html><title>new</title><p>a page`)
		}
		for n := range 40 {
			a := v.Ask(lab.Request{Method: http.MethodGet, Path: fmt.Sprintf("/%s/%d/new%d.php", dir, n%4, n), Network: lab.Stranger + n%5})
			if a.Status != 200 {
				t.Fatalf("%d: %d", n, a.Status)
			}
			if c.Logged(a.Mark).Guard != nil {
				flagged++
			}
		}
		return flagged
	}
	alerts := func() (n int) {
		for line := range strings.Lines(c.Read("log.json")) {
			if strings.Contains(line, `"msg":"alert"`) {
				n++
			}
		}
		return n
	}
	if n := deploy("unannounced"); n != 40 {
		t.Errorf("%d of 40 scripts that nobody announced are not clean", n)
	}
	told := alerts()
	if told == 0 || told > 4 || !strings.Contains(c.Read("log.json"), "deploy or mass drop? 3 new scripts under /unannounced/") {
		t.Errorf("they are told by %d alerts", told)
	}
	c.Must("", "deploy", "php", "--for", "10m")
	if n := deploy("announced"); n != 0 {
		t.Errorf("%d of 40 scripts that were announced are not clean", n)
	}
	if n := alerts(); n != told {
		t.Errorf("they are told by %d alerts", n-told)
	}
	s.Drop("uploads/z.php")
	if a := v.Post("/uploads/z.php", lab.Stranger); !c.Logged(a.Mark).Guard.Has(1010) {
		t.Error("a window covers uploads")
	}
}
