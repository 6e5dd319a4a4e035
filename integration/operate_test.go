package integration

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// operate runs `caddy webshell-guard` against the running Caddy, as an operator does.
func (c *caddyProcess) operate(args ...string) (string, error) {
	c.t.Helper()
	binary, err := built()
	if err != nil {
		c.t.Fatal(err)
	}
	args = append([]string{"webshell-guard"}, args...)
	args = append(args, "--address", "unix/"+filepath.Join(c.dir, "admin.sock"))
	out, err := exec.Command(binary, args...).CombinedOutput()
	return string(out), err
}

// must is operate, which has to succeed and to say what is wanted.
func (c *caddyProcess) must(want string, args ...string) string {
	c.t.Helper()
	out, err := c.operate(args...)
	if err != nil || !strings.Contains(out, want) {
		c.t.Fatalf("%v: %v\n%s\nwant %q", args, err, out, want)
	}
	return out
}

// kill ends Caddy as a crash does.
func (c *caddyProcess) kill() {
	c.t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	<-c.exited
	c.cmd = nil
}

// TestPHPIncident plays a night: a shell appears, the site is contained, Caddy is
// killed, the site is cleaned and released.
func TestPHPIncident(t *testing.T) {
	c, s, v := setups[0].guarded(t, "log", startFPM(t))
	serves := func(when string, paths ...string) {
		t.Helper()
		for n, path := range paths {
			if a := v.get(path, n); a.status != 200 {
				t.Errorf("%s: %s: %d", when, path, a.status)
			}
		}
	}
	refuses := func(when string, names ...string) {
		t.Helper()
		for n, name := range names {
			a := v.post("/"+name, stranger+n)
			if a.status != 403 || s.executed(name) {
				t.Errorf("%s: %s: %d %s", when, name, a.status, a.body)
			}
		}
	}
	known := []string{"/", "/about.php", "/style.css"}

	s.drop("lib.php")
	if a := v.post("/lib.php", stranger); a.status != 200 || !s.executed("lib.php") {
		t.Fatalf("in log mode the shell runs: %d", a.status)
	}
	if log := c.read("log.json"); !strings.Contains(log, `"sentence":"POST to /lib.php: `) {
		t.Error("nobody was told")
	}
	c.must("/lib.php", "contain", "php", "--rehearse")
	refusedNothing := v.post("/lib.php", stranger)
	if refusedNothing.status != 200 {
		t.Errorf("rehearsing refuses: %d", refusedNothing.status)
	}
	c.must("this node", "contain", "php", "--for", "1h")
	s.drop("unseen.php")
	s.drop("uploads/y.php")
	s.executed("lib.php")
	refuses("contained", "lib.php", "unseen.php", "uploads/y.php")
	serves("contained", known...)
	if a := v.get("/missing.php", stranger); a.status == 403 {
		t.Error("what is missing gets no 404")
	}

	c.kill()
	c.start()
	refuses("after kill -9", "lib.php", "unseen.php")
	serves("after kill -9", known...)
	c.must("contained", "status", "php")

	s.drop("newsletter.php") // the operator's own, as new as the shells
	refuses("before it is approved", "newsletter.php")
	c.must("/newsletter.php", "approve", "php", "/newsletter.php")
	if a := v.post("/newsletter.php", 1); a.status != 200 {
		t.Errorf("approved: %d", a.status)
	}
	c.must("/lib.php", "deny", "php", "/lib.php")
	c.must("", "release", "php")
	if a := v.post("/unseen.php", stranger+9); a.status != 200 {
		t.Errorf("released, in log mode: %d", a.status)
	}
	s.executed("unseen.php")
	refuses("denied", "lib.php")
	c.kill()
	c.start()
	refuses("denied, after kill -9", "lib.php")
	serves("after all", known...)
}

// TestPHPDeploy deploys forty scripts, once by itself and once announced.
func TestPHPDeploy(t *testing.T) {
	c, s, v := setups[0].guarded(t, "log", startFPM(t))
	deploy := func(dir string) (flagged int) {
		t.Helper()
		for n := range 40 {
			s.put(fmt.Sprintf("%s/%d/new%d.php", dir, n%4, n), `<!doctype html><title>new</title><p>a page`)
		}
		for n := range 40 {
			a := v.ask(request{method: http.MethodGet, path: fmt.Sprintf("/%s/%d/new%d.php", dir, n%4, n), network: stranger + n%5})
			if a.status != 200 {
				t.Fatalf("%d: %d", n, a.status)
			}
			if c.logged(a.mark).Guard != nil {
				flagged++
			}
		}
		return flagged
	}
	alerts := func() (n int) {
		for line := range strings.Lines(c.read("log.json")) {
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
	if told == 0 || told > 4 || !strings.Contains(c.read("log.json"), "deploy or mass drop? 3 new scripts under /unannounced/") {
		t.Errorf("they are told by %d alerts", told)
	}
	c.must("", "deploy", "php", "--for", "10m")
	if n := deploy("announced"); n != 0 {
		t.Errorf("%d of 40 scripts that were announced are not clean", n)
	}
	if n := alerts(); n != told {
		t.Errorf("they are told by %d alerts", n-told)
	}
	s.drop("uploads/z.php")
	if a := v.post("/uploads/z.php", stranger); !c.logged(a.mark).Guard.has(1010) {
		t.Error("a window covers uploads")
	}
}
