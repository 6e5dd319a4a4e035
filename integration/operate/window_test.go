package operate

import (
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// TestPHPDeployWindow drops a shell after a manifest, which opens no window, and another
// in a window that an operator opened, and demands that the window is seen.
func TestPHPDeployWindow(t *testing.T) {
	c, s, v := lab.FastCGI().Guarded(t, "log", lab.StartFPM(t))
	refusedBy := func(name string) (flagged bool) {
		t.Helper()
		s.Drop(name)
		return c.Logged(v.Post("/"+name, lab.Stranger).Mark).Guard != nil
	}
	release := lab.EmptySite(t)
	release.Put("lib/release.php", `<?php echo "a page of the release";`)
	c.Must("No deploy window of php is open", "deploy", "php", "--manifest", release.Root)
	s.Put("lib/release.php", `<?php echo "a page of the release";`)
	if a := v.Post("/lib/release.php", lab.Stranger); c.Logged(a.Mark).Guard.Has(1001) {
		t.Error("the manifest does not vouch for its script")
	}
	if !refusedBy("lib/after-manifest.php") {
		t.Error("a shell that is dropped after a manifest runs unseen")
	}

	release.Put("gone.txt", "/lib/not-there.php\n/about.php\n")
	c.Must("/lib/not-there.php: no such file under "+s.Root+"; it is left out", "deploy", "php", "--manifest", release.Root+"/gone.txt")
	if !refusedBy("lib/not-there.php") {
		t.Error("a list of names vouches for a file that was not there")
	}

	c.Must("is open until", "deploy", "php", "--for", "1h")
	if refusedBy("lib/in-window.php") {
		t.Error("the window does not hold")
	}
	c.Must("a deploy window is open until", "status", "php")
	if metrics, err := c.Admin("GET", "/metrics", ""); err != nil || !strings.Contains(metrics, `caddy_webshell_guard_deploying{site="php"} 1`) {
		t.Errorf("the metric does not show it: %v", err)
	}
	c.Kill()
	c.Start()
	c.Must("a deploy window is open until", "status", "php")
	s.Drop("lib/after-kill.php")
	v.Post("/lib/after-kill.php", lab.Stranger)
	c.Must("scripts came in it, and are provisional", "deploy", "php", "--for", "0s")
	if out := c.Must("/lib/after-kill.php", "scripts", "php", "--deployed"); strings.Contains(out, "/lib/after-manifest.php") {
		t.Error(out)
	}
	if log := c.Read("log.json"); !strings.Contains(log, `"msg":"a deploy window is open`) || !strings.Contains(log, `"msg":"the deploy window has ended`) {
		t.Error("the log does not show it")
	}
	if !refusedBy("lib/after-window.php") {
		t.Error("the window is still open")
	}
}

// TestPHPContainmentKeepsItsEnd looks at a containment as an operator does who runs the
// same command again, and reads what it refused without changing anything.
func TestPHPContainmentKeepsItsEnd(t *testing.T) {
	c, s, v := lab.FastCGI().Guarded(t, "log", lab.StartFPM(t))
	s.Drop("lib/shell.php")
	c.Must("is contained, until 2", "contain", "php", "--for", "1h")
	v.Post("/lib/shell.php", lab.Stranger)
	c.Must("/lib/shell.php", "refused", "php")
	c.Must("its end stays: until 2", "contain", "php")
	c.Must("is now until 2", "contain", "php", "--for", "2h")
	c.Kill()
	c.Start()
	c.Must("is contained, until 2", "refused", "php")
	c.Must("is now until released", "contain", "php", "--for", "0s")
	if log := c.Read("log.json"); strings.Contains(log, `"until":-`) || strings.Contains(log, `"to":-`) {
		t.Error("the log has an end that is none")
	}
	c.Must("not contained", "release", "php")
	c.Must("/lib/shell.php", "refused", "php")
}
