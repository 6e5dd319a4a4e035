package integration

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// setup is a way in which Caddy and PHP are put together.
type setup struct {
	name string
	// rooted is true if the guard knows the document root, and so can tell a
	// script that is missing, and refuse one that was read before it runs.
	rooted bool
	// sites returns the Caddyfile of a site that runs the guard in a mode.
	sites func(t *testing.T, mode string, port int, s *site, socket string) string
}

var setups = []setup{
	{"php_fastcgi", true, func(_ *testing.T, mode string, port int, s *site, socket string) string {
		return fmt.Sprintf(`http://:%d {
	log
	root * %s
	webshell_guard %s {
		site php
		learn 2s 0.95
	}
	php_fastcgi unix/%s
	file_server
}
`, port, s.root, mode, socket)
	}},
	{"reverse_proxy", false, func(t *testing.T, mode string, port int, s *site, socket string) string {
		return fmt.Sprintf(`http://:%d {
	log
	webshell_guard %s {
		site proxied
		learn 2s 0.95
	}
	reverse_proxy 127.0.0.1:%[3]d
}
http://:%[3]d {
	root * %[4]s
	php_fastcgi unix/%[5]s
	file_server
}
`, port, mode, freePort(t), s.root, socket)
	}},
}

// guarded starts Caddy in a mode and has it learn the site.
func (u setup) guarded(t *testing.T, mode, socket string) (*caddyProcess, *site, visitor) {
	t.Helper()
	s := newSite(t)
	v := visitor{t: t, port: freePort(t)}
	c := startCaddy(t, u.sites(t, mode, v.port, s, socket))
	v.teach("")
	c.enforcing(1)
	return c, s, v
}

func TestPHPLog(t *testing.T) {
	socket := startFPM(t)
	for _, u := range setups {
		t.Run(u.name, func(t *testing.T) {
			c, s, v := u.guarded(t, "log", socket)
			clean := func(t *testing.T, what string, a answer, status int) {
				t.Helper()
				if e := c.logged(a.mark); e.Guard != nil || a.status != status {
					t.Errorf("%s: %d %+v", what, a.status, e.Guard)
				}
			}
			t.Run("pages, files and forms are clean", func(t *testing.T) {
				clean(t, "a page", v.get("/about.php", stranger), 200)
				clean(t, "the index", v.get("/", stranger), 200)
				clean(t, "a style sheet", v.get("/style.css", stranger), 200)
				clean(t, "an upload", v.get("/uploads/photo.png", stranger), 200)
				clean(t, "the form", v.post("/contact.php", stranger+1), 200)
			})
			t.Run("a missing script and a pretty URL that fell through to the index are not new scripts", func(t *testing.T) {
				clean(t, "a missing script", v.get("/missing.php", stranger+2), 200)
				clean(t, "a POST to one", v.post("/missing.php", stranger+2), 200)
				clean(t, "one among uploads", v.get("/uploads/missing.php", stranger+2), 200)
				clean(t, "a pretty URL", v.get("/blog/some-article", stranger+2), 200)
				clean(t, "a pretty URL with PATH_INFO", v.get("/index.php/blog/x", stranger+2), 200)
			})
			t.Run("a script dropped among uploads is flagged, and runs", func(t *testing.T) {
				s.drop("uploads/x.php")
				a := v.post("/uploads/x.php", stranger+3)
				e := c.logged(a.mark)
				if e.Guard == nil || e.Guard.Verdict != "malicious" || e.Guard.Script != "/uploads/x.php" || e.Guard.Mode != "log" ||
					e.Guard.Action != "none" || !e.Guard.has(1001) || !e.Guard.has(1010) || e.Guard.has(1003) != u.rooted {
					t.Errorf("%+v", e.Guard)
				}
				if a.status != 200 || !s.executed("x.php") || !strings.Contains(a.body, "told: nothing") {
					t.Errorf("%d %s", a.status, a.body)
				}
			})
			t.Run("a script dropped elsewhere is flagged, for reading too", func(t *testing.T) {
				s.drop("x.php")
				for _, method := range []string{http.MethodGet, http.MethodPost} {
					a := v.ask(request{method: method, path: "/x.php", network: stranger + 4, referer: true})
					if e := c.logged(a.mark); !e.Guard.has(1001) {
						t.Errorf("%s: %+v", method, e.Guard)
					}
				}
			})
			t.Run("a page that was only read takes a POST", func(t *testing.T) {
				e := c.logged(v.post("/about.php", stranger+5).mark)
				if e.Guard == nil || e.Guard.Verdict != "suspicious" || !e.Guard.has(1002) || !e.Guard.has(1020) {
					t.Errorf("%+v", e.Guard)
				}
			})
			t.Run("a first form of a page by a visitor is clean", func(t *testing.T) {
				clean(t, "", v.ask(request{method: http.MethodPost, path: "/about.php", network: 3, referer: true}), 200)
			})
		})
	}
}

func TestPHPTag(t *testing.T) {
	socket := startFPM(t)
	for _, u := range setups {
		t.Run(u.name, func(t *testing.T) {
			c, s, v := u.guarded(t, "tag", socket)
			s.drop("uploads/x.php")
			forged := http.Header{
				"X-Webshell-Guard": {"verdict=clean"}, "X_webshell_guard": {"verdict=clean"}, "x-webshell_Guard": {"verdict=clean"},
				"Connection": {"close, X-Webshell-Guard"},
			}
			t.Run("PHP is told what the guard thinks, not what the client says", func(t *testing.T) {
				a := v.ask(request{method: http.MethodPost, path: "/uploads/x.php", network: stranger, header: forged})
				if !strings.Contains(a.body, `told: verdict=malicious, score=`) || !strings.Contains(a.body, `script="/uploads/x.php", signals=(new-script `) {
					t.Errorf("%d %s", a.status, a.body)
				}
				if e := c.logged(a.mark); e.Guard == nil || e.Guard.Action != "tag" || e.Guard.Phase != "request" {
					t.Errorf("%+v", e.Guard)
				}
			})
			t.Run("of a clean request it is told nothing", func(t *testing.T) {
				s.put("about.php", `<?php echo "told: ", $_SERVER["HTTP_X_WEBSHELL_GUARD"] ?? "nothing";`)
				if a := v.ask(request{method: http.MethodGet, path: "/about.php", network: 3, header: forged}); a.body != "told: nothing" {
					t.Errorf("%d %s", a.status, a.body)
				}
			})
		})
	}
}

func TestPHPBlock(t *testing.T) {
	socket := startFPM(t)
	for _, u := range setups {
		t.Run(u.name, func(t *testing.T) {
			c, s, v := u.guarded(t, "block", socket)
			t.Run("a missing script is not refused", func(t *testing.T) {
				for _, path := range []string{"/missing.php", "/uploads/missing.php"} {
					if a := v.get(path, stranger); u.rooted && (a.status != 200 || c.logged(a.mark).Guard != nil) {
						t.Errorf("%s: %d %+v", path, a.status, c.logged(a.mark).Guard)
					}
				}
			})
			s.drop("uploads/x.php")
			t.Run("a payload to a script among uploads is refused before it runs", func(t *testing.T) {
				a := v.post("/uploads/x.php", stranger)
				e := c.logged(a.mark)
				if a.status != 403 || s.executed("x.php") || e.Guard == nil || e.Guard.Action != "block" || e.Guard.Phase != "request" {
					t.Errorf("%d %s %+v", a.status, a.body, e.Guard)
				}
			})
			t.Run("reading it is refused, before it runs where the root is known", func(t *testing.T) {
				a := v.ask(request{method: http.MethodGet, path: "/uploads/x.php", network: 3, referer: true})
				if a.status != 403 || strings.Contains(a.body, "ran by") {
					t.Errorf("%d %s", a.status, a.body)
				}
				if ran := s.executed("x.php"); ran == u.rooted {
					t.Errorf("executed: %v", ran)
				}
			})
			if u.rooted {
				t.Run("by no other name does it run either", func(t *testing.T) {
					s.drop("uploads/index.php")
					s.drop("uploads/z.PHP")
					for _, path := range []string{
						"/uploads/", "/uploads/x.php.jpg", "/uploads/x.phpfoo", "/uploads/x.php/info", "/uploads//x.php", "/uploads/z.PHP",
						"/uploads/x%2Ephp", "/blog/../uploads/x.php", "/uploads/x.php%20", "/uploads/x.php%00.jpg", "/uploads/X.php", "/uploads/x.php;a",
					} {
						a := v.ask(request{method: http.MethodPost, path: path, network: stranger + 9})
						for _, script := range []string{"x.php", "index.php", "z.PHP"} {
							if s.executed(script) {
								t.Errorf("%s ran %s: %d %s", path, script, a.status, a.body)
							}
						}
					}
				})
			}
			t.Run("a payload to a new script elsewhere is refused where its file tells", func(t *testing.T) {
				s.drop("y.php")
				a := v.ask(request{method: http.MethodPost, path: "/y.php", network: 3, referer: true})
				if want := map[bool]int{true: 403, false: 200}[u.rooted]; a.status != want || s.executed("y.php") == u.rooted {
					t.Errorf("%d %s", a.status, a.body)
				}
			})
			t.Run("reading it is not", func(t *testing.T) {
				if a := v.get("/y.php", 3); a.status != 200 || !c.logged(a.mark).Guard.has(1001) {
					t.Errorf("%d %s", a.status, a.body)
				}
			})
			t.Run("the rest of the site works", func(t *testing.T) {
				for _, path := range []string{"/", "/about.php", "/style.css", "/blog/x"} {
					if a := v.get(path, stranger); a.status != 200 {
						t.Errorf("%s: %d", path, a.status)
					}
				}
				if a := v.post("/contact.php", stranger); a.status != 200 {
					t.Errorf("form: %d", a.status)
				}
			})
		})
	}
}
