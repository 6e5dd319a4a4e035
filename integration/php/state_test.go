package php

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// TestPHPMounts has two applications under one site, whose scripts have the
// same path once handle_path has stripped the prefix.
func TestPHPMounts(t *testing.T) {
	const options = "{\n\t\tsite mounts\n\t\tlearn 2s 0.95\n\t}\n"
	for _, where := range []string{"the guard inside each handle_path", "the guard before handle_path"} {
		t.Run(where, func(t *testing.T) {
			socket := lab.StartFPM(t)
			one, two := lab.NewSite(t), lab.NewSite(t)
			before, inside := "", "\twebshell_guard block "+options
			if strings.Contains(where, "before") {
				before, inside = inside, before
			}
			v := lab.NewVisitor(t)
			sites := fmt.Sprintf("http://:%d {\n\tlog\n%s", v.Port, before)
			for prefix, s := range map[string]*lab.Site{"a": one, "b": two} {
				sites += fmt.Sprintf("\thandle_path /%s/* {\n\troot * %s\n%s\tphp_fastcgi unix/%s\n\tfile_server\n\t}\n", prefix, s.Root, inside, socket)
			}
			c := lab.StartCaddy(t, sites+"}\n")
			v.Teach("/a")
			c.Enforcing(1)

			known := v.Get("/a/about.php", lab.Stranger)
			if c.Logged(known.Mark).Guard != nil || known.Status != 200 {
				t.Errorf("a known script: %d %+v", known.Status, c.Logged(known.Mark).Guard)
			}
			two.Drop("about.php")
			other := v.Ask(lab.Request{Method: http.MethodGet, Path: "/b/about.php", Network: lab.Stranger + 1})
			e := c.Logged(other.Mark)
			if !e.Guard.Has(1001) || e.Guard.Script == "" {
				t.Errorf("the same path under another root is not a new script: %d %+v", other.Status, e.Guard)
			}
			one.Drop("uploads/x.php")
			if a := v.Post("/a/uploads/x.php", lab.Stranger+2); a.Status != 403 || one.Executed("x.php") {
				t.Errorf("a script dropped under a known root: %d %s", a.Status, a.Body)
			}
		})
	}
}

func TestPHPStateSurvives(t *testing.T) {
	socket := lab.StartFPM(t)
	c, s, v := lab.FastCGI().Guarded(t, "log", socket)
	s.Drop("uploads/x.php")

	check := func(what string, dropped int) {
		t.Helper()
		if a := v.Get("/about.php", lab.Stranger); a.Status != 200 || c.Logged(a.Mark).Guard != nil {
			t.Errorf("%s: a known page: %d %+v", what, a.Status, c.Logged(a.Mark).Guard)
		}
		if a := v.Post("/uploads/x.php", lab.Stranger); a.Status != dropped || !c.Logged(a.Mark).Guard.Has(1001) {
			t.Errorf("%s: the dropped script: %d %+v", what, a.Status, c.Logged(a.Mark).Guard)
		}
	}
	check("before", 200)
	if err := c.Reload(func(f string) string { return strings.Replace(f, "webshell_guard log", "webshell_guard block", 1) }); err != nil {
		t.Fatal(err)
	}
	check("after a reload in another mode", 403)
	if err := c.Reload(func(f string) string { return strings.Replace(f, "learn 2s 0.95", "learn 2s 95", 1) }); err == nil ||
		!strings.Contains(err.Error(), "learn coverage") {
		t.Errorf("a bad configuration: %v", err)
	}
	check("after a reload that failed", 403)

	c.Stop()
	if found, _ := filepath.Glob(filepath.Join(c.Dir, "storage/webshell_guard/php/manifest.json")); len(found) != 1 {
		t.Fatal("nothing was saved")
	}
	c.Start()
	check("after a restart", 200)

	c.Stop()
	damaged := filepath.Join(c.Dir, "storage/webshell_guard/php")
	for _, name := range []string{"manifest.json", "manifest.previous.json"} {
		if err := os.WriteFile(filepath.Join(damaged, name), []byte("garbage"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.Caddyfile = strings.Replace(c.Caddyfile, "webshell_guard log", "webshell_guard block", 1)
	c.Caddyfile = strings.Replace(c.Caddyfile, "learn 2s", "learn 1h", 1)
	c.Start()
	if a := v.Post("/uploads/x.php", lab.Stranger); a.Status != 200 {
		t.Errorf("with a corrupt snapshot it blocks instead of learning: %d", a.Status)
	}
	if log := c.Read("log.json"); !strings.Contains(log, "the stored baseline could not be used") {
		t.Error("the corrupt snapshot was not mentioned")
	}
	if aside, _ := filepath.Glob(filepath.Join(damaged, "corrupt.*.manifest.json")); len(aside) != 1 {
		t.Errorf("kept aside: %v", aside)
	}
}
