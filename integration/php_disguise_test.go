package integration

import (
	"fmt"
	"net/http"
	"os"
	"testing"
)

// anyExecuted lists the dropped scripts that ran, and forgets them.
func (s *site) anyExecuted() (ran []string) {
	s.t.Helper()
	entries, err := os.ReadDir(s.ran)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		if s.executed(e.Name()) {
			ran = append(ran, e.Name())
		}
	}
	return ran
}

func TestPHPRunsNothingByAnotherName(t *testing.T) {
	// Paths behind which PHP-FPM ran a dropped file that an earlier version took
	// for another script, or for none.
	socket := startFPM(t)
	for _, options := range []string{"", "index off"} {
		t.Run("php_fastcgi "+options, func(t *testing.T) {
			s, v := newSite(t), visitor{t: t, port: freePort(t)}
			s.put("lib/class.phpmailer.php", "<?php class PHPMailer {}")
			c := startCaddy(t, fmt.Sprintf(`http://:%d {
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
`, v.port, s.root, socket, options))
			v.teach("")
			c.enforcing(1)
			for _, file := range []string{
				"lib/class.php", "y.php", "a.py/b.pl/c.sh/d.rb/x.php", "uploads/d;x/index.php", "uploads/d./index.php",
				"uploads/d;/v.py/x.php", "d.pyx/x.php", "uploads/a.asp;b.php",
			} {
				s.drop(file)
			}
			for _, path := range []string{
				"/lib/class.phpmailer.php", "/y.phpd/y.php", "/y.phpd.php", "/a.py/b.pl/c.sh/d.rb/x.php", "/uploads/d;x/", "/uploads/d./",
				"/uploads/d;/v.py/x.php", "/d.pyx/x.php.jpg", "/d.pyx/x.php/a", "/uploads/a.asp;b.php", "/uploads/a.asp;b.php/z", "//uploads/a.asp;b.php",
			} {
				a := v.post(path, stranger)
				if ran := s.anyExecuted(); len(ran) > 0 {
					t.Errorf("POST %s ran %v: %d %+v", path, ran, a.status, c.logged(a.mark).Guard)
				}
			}
			for _, path := range []string{"/uploads/d;x/", "/uploads/d./", "/uploads/a.asp;b.php/z"} {
				if v.get(path, stranger); len(s.anyExecuted()) > 0 {
					t.Errorf("GET %s ran it", path)
				}
			}
		})
	}
}

func TestPHPRewritingBeforeTheGuard(t *testing.T) {
	// README: what is rewritten before the guard is refused before it runs, what
	// php_fastcgi rewrites itself is refused at the answer.
	socket := startFPM(t)
	for _, before := range []bool{true, false} {
		t.Run(fmt.Sprint(before), func(t *testing.T) {
			outside, inside := "try_files {path} {path}.php index.php", ""
			if !before {
				outside, inside = "", outside
			}
			s, v := newSite(t), visitor{t: t, port: freePort(t)}
			c := startCaddy(t, fmt.Sprintf(`http://:%d {
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
`, v.port, s.root, outside, socket, inside))
			v.teach("")
			c.enforcing(1)
			s.drop("uploads/y.php")
			a := v.post("/uploads/y", stranger)
			if ran := len(s.anyExecuted()) > 0; a.status != 403 || ran == before {
				t.Errorf("%d, ran: %v", a.status, ran)
			}
		})
	}
}

func TestPHPUnderAMountOfASiteWithARoot(t *testing.T) {
	socket := startFPM(t)
	outer, inner := newSite(t), newSite(t)
	v := visitor{t: t, port: freePort(t)}
	c := startCaddy(t, fmt.Sprintf(`http://:%d {
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
`, v.port, outer.root, inner.root, socket))
	// Each of these fell through to the index under the mount, and looks like a
	// mount of its own.
	for n := range 70 {
		v.get(fmt.Sprintf("/app/p%d/index.php", n), n%30)
	}
	v.teach("")
	v.teach("/app")
	c.enforcing(1)
	inner.drop("uploads/x.php")
	inner.drop("y.php")
	for _, q := range []request{
		{method: http.MethodPost, path: "/app/uploads/x.php", network: stranger},
		{method: http.MethodGet, path: "/app/uploads/x.php", network: stranger},
		{method: http.MethodPost, path: "/app/y.php", network: stranger},
	} {
		a := v.ask(q)
		if ran := inner.anyExecuted(); len(ran) > 0 || a.status != 403 {
			t.Errorf("%s %s: %d, ran %v", q.method, q.path, a.status, ran)
		}
	}
	if a := v.get("/app/about.php", stranger); a.status != 200 {
		t.Errorf("a known page: %d", a.status)
	}
}
