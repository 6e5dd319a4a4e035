package integration

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPHPMounts has two applications under one site, whose scripts have the
// same path once handle_path has stripped the prefix.
func TestPHPMounts(t *testing.T) {
	const options = "{\n\t\tsite mounts\n\t\tlearn 2s 0.95\n\t}\n"
	for _, where := range []string{"the guard inside each handle_path", "the guard before handle_path"} {
		t.Run(where, func(t *testing.T) {
			socket := startFPM(t)
			one, two := newSite(t), newSite(t)
			before, inside := "", "\twebshell_guard block "+options
			if strings.Contains(where, "before") {
				before, inside = inside, before
			}
			v := visitor{t: t, port: freePort(t)}
			sites := fmt.Sprintf("http://:%d {\n\tlog\n%s", v.port, before)
			for prefix, s := range map[string]*site{"a": one, "b": two} {
				sites += fmt.Sprintf("\thandle_path /%s/* {\n\troot * %s\n%s\tphp_fastcgi unix/%s\n\tfile_server\n\t}\n", prefix, s.root, inside, socket)
			}
			c := startCaddy(t, sites+"}\n")
			v.teach("/a")
			c.enforcing(1)

			known := v.get("/a/about.php", stranger)
			if c.logged(known.mark).Guard != nil || known.status != 200 {
				t.Errorf("a known script: %d %+v", known.status, c.logged(known.mark).Guard)
			}
			two.drop("about.php")
			other := v.ask(request{method: http.MethodGet, path: "/b/about.php", network: stranger + 1})
			e := c.logged(other.mark)
			if !e.Guard.has(1001) || e.Guard.Script == "" {
				t.Errorf("the same path under another root is not a new script: %d %+v", other.status, e.Guard)
			}
			one.drop("uploads/x.php")
			if a := v.post("/a/uploads/x.php", stranger+2); a.status != 403 || one.executed("x.php") {
				t.Errorf("a script dropped under a known root: %d %s", a.status, a.body)
			}
		})
	}
}

func TestPHPStateSurvives(t *testing.T) {
	socket := startFPM(t)
	c, s, v := setups[0].guarded(t, "log", socket)
	s.drop("uploads/x.php")

	check := func(what string, dropped int) {
		t.Helper()
		if a := v.get("/about.php", stranger); a.status != 200 || c.logged(a.mark).Guard != nil {
			t.Errorf("%s: a known page: %d %+v", what, a.status, c.logged(a.mark).Guard)
		}
		if a := v.post("/uploads/x.php", stranger); a.status != dropped || !c.logged(a.mark).Guard.has(1001) {
			t.Errorf("%s: the dropped script: %d %+v", what, a.status, c.logged(a.mark).Guard)
		}
	}
	check("before", 200)
	if err := c.reload(func(f string) string { return strings.Replace(f, "webshell_guard log", "webshell_guard block", 1) }); err != nil {
		t.Fatal(err)
	}
	check("after a reload in another mode", 403)
	if err := c.reload(func(f string) string { return strings.Replace(f, "learn 2s 0.95", "learn 2s 95", 1) }); err == nil ||
		!strings.Contains(err.Error(), "learn coverage") {
		t.Errorf("a bad configuration: %v", err)
	}
	check("after a reload that failed", 403)

	c.stop()
	if found, _ := filepath.Glob(filepath.Join(c.dir, "storage/webshell_guard/php/manifest.json")); len(found) != 1 {
		t.Fatal("nothing was saved")
	}
	c.start()
	check("after a restart", 200)

	c.stop()
	damaged := filepath.Join(c.dir, "storage/webshell_guard/php")
	for _, name := range []string{"manifest.json", "manifest.previous.json"} {
		if err := os.WriteFile(filepath.Join(damaged, name), []byte("garbage"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.caddyfile = strings.Replace(c.caddyfile, "webshell_guard log", "webshell_guard block", 1)
	c.caddyfile = strings.Replace(c.caddyfile, "learn 2s", "learn 1h", 1)
	c.start()
	if a := v.post("/uploads/x.php", stranger); a.status != 200 {
		t.Errorf("with a corrupt snapshot it blocks instead of learning: %d", a.status)
	}
	if log := c.read("log.json"); !strings.Contains(log, "the stored baseline could not be used") {
		t.Error("the corrupt snapshot was not mentioned")
	}
	if aside, _ := filepath.Glob(filepath.Join(damaged, "corrupt.*.manifest.json")); len(aside) != 1 {
		t.Errorf("kept aside: %v", aside)
	}
}
