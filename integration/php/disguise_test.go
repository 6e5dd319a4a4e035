package php

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

func TestPHPRunsNothingByAnotherName(t *testing.T) {
	// Paths behind which PHP-FPM ran a dropped file that an earlier version took
	// for another script, or for none.
	socket := lab.StartFPM(t)
	for _, options := range []string{"", "index off"} {
		t.Run("php_fastcgi "+options, func(t *testing.T) {
			s, v := lab.NewSite(t), lab.NewVisitor(t)
			s.Put("lib/class.phpmailer.php", "<?php class PHPMailer {}")
			c := lab.StartCaddy(t, fmt.Sprintf(`http://:%d {
	log
	root * %s
	webshell_guard block {
		site disguised
		learn 2s 0.95
	}
	php_fastcgi unix/%s {
		%s
	}
	file_server
}
`, v.Port, s.Root, socket, options))
			v.Teach("")
			c.Enforcing(1)
			for _, file := range []string{
				"lib/class.php", "y.php", "a.py/b.pl/c.sh/d.rb/x.php", "uploads/d;x/index.php", "uploads/d./index.php",
				"uploads/d;/v.py/x.php", "d.pyx/x.php", "uploads/a.asp;b.php",
			} {
				s.Drop(file)
			}
			for _, path := range []string{
				"/lib/class.phpmailer.php", "/y.phpd/y.php", "/y.phpd.php", "/a.py/b.pl/c.sh/d.rb/x.php", "/uploads/d;x/", "/uploads/d./",
				"/uploads/d;/v.py/x.php", "/d.pyx/x.php.jpg", "/d.pyx/x.php/a", "/uploads/a.asp;b.php", "/uploads/a.asp;b.php/z", "//uploads/a.asp;b.php",
			} {
				a := v.Post(path, lab.Stranger)
				if ran := s.AnyExecuted(); len(ran) > 0 {
					t.Errorf("POST %s ran %v: %d %+v", path, ran, a.Status, c.Logged(a.Mark).Guard)
				}
			}
			for _, path := range []string{"/uploads/d;x/", "/uploads/d./", "/uploads/a.asp;b.php/z"} {
				if v.Get(path, lab.Stranger); len(s.AnyExecuted()) > 0 {
					t.Errorf("GET %s ran it", path)
				}
			}
		})
	}
}

func TestPHPRewriting(t *testing.T) {
	// README: what is rewritten before the guard is refused before it runs, and so are the
	// shorter names of a file; what else php_fastcgi rewrites itself is refused at the answer.
	socket := lab.StartFPM(t)
	for _, c := range []struct {
		name, outside, inside string
		file, path            string
		runs                  bool
	}{
		{"a suffix before the guard", "try_files {path} {path}.php index.php", "", "uploads/y.php", "/uploads/y", false},
		{"a suffix by php_fastcgi", "", "try_files {path} {path}.php index.php", "uploads/y.php", "/uploads/y", false},
		{"an index before the guard", "try_files {path} {path}/main.php index.php", "", "uploads/main.php", "/uploads/", false},
		{"an index by php_fastcgi", "", "index main.php", "uploads/main.php", "/uploads/", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, v := lab.NewSite(t), lab.NewVisitor(t)
			caddy := lab.StartCaddy(t, fmt.Sprintf(`http://:%d {
	log
	root * %s
	%s
	webshell_guard block {
		site rewritten
		learn 2s 0.95
	}
	php_fastcgi unix/%s {
		%s
	}
	file_server
}
`, v.Port, s.Root, c.outside, socket, c.inside))
			v.Teach("")
			caddy.Enforcing(1)
			s.Drop(c.file)
			a := v.Post(c.path, lab.Stranger)
			if ran := len(s.AnyExecuted()) > 0; a.Status != 403 || ran != c.runs {
				t.Errorf("%d, ran: %v", a.Status, ran)
			}
		})
	}
}

func TestPHPUnderAMountOfASiteWithARoot(t *testing.T) {
	socket := lab.StartFPM(t)
	outer, inner := lab.NewSite(t), lab.NewSite(t)
	v := lab.NewVisitor(t)
	c := lab.StartCaddy(t, fmt.Sprintf(`http://:%d {
	log
	root * %s
	webshell_guard block {
		site mounted
		learn 2s 0.95
	}
	handle_path /app/* {
		root * %s
		php_fastcgi unix/%s
		file_server
	}
	handle {
		php_fastcgi unix/%[4]s
		file_server
	}
}
`, v.Port, outer.Root, inner.Root, socket))
	// Each of these fell through to the index under the mount, and looks like a
	// mount of its own.
	for n := range 70 {
		v.Get(fmt.Sprintf("/app/p%d/index.php", n), n%30)
	}
	v.Teach("")
	v.Teach("/app")
	c.Enforcing(1)
	inner.Drop("uploads/x.php")
	inner.Drop("y.php")
	for _, q := range []lab.Request{
		{Method: http.MethodPost, Path: "/app/uploads/x.php", Network: lab.Stranger},
		{Method: http.MethodGet, Path: "/app/uploads/x.php", Network: lab.Stranger},
		{Method: http.MethodPost, Path: "/app/y.php", Network: lab.Stranger},
	} {
		a := v.Ask(q)
		if ran := inner.AnyExecuted(); len(ran) > 0 || a.Status != 403 {
			t.Errorf("%s %s: %d, ran %v", q.Method, q.Path, a.Status, ran)
		}
	}
	if a := v.Get("/app/about.php", lab.Stranger); a.Status != 200 {
		t.Errorf("a known page: %d", a.Status)
	}
}
