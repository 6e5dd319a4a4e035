// Package php has the guard protect a small site on PHP-FPM, in every mode.
package php

import (
	"net/http"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

func TestPHPLog(t *testing.T) {
	socket := lab.StartFPM(t)
	for _, u := range lab.Setups() {
		t.Run(u.Name, func(t *testing.T) {
			c, s, v := u.Guarded(t, "log", socket)
			clean := func(t *testing.T, what string, a lab.Answer, status int) {
				t.Helper()
				if e := c.Logged(a.Mark); e.Guard != nil || a.Status != status {
					t.Errorf("%s: %d %+v", what, a.Status, e.Guard)
				}
			}
			t.Run("pages, files and forms are clean", func(t *testing.T) {
				clean(t, "a page", v.Get("/about.php", lab.Stranger), 200)
				clean(t, "the index", v.Get("/", lab.Stranger), 200)
				clean(t, "a style sheet", v.Get("/style.css", lab.Stranger), 200)
				clean(t, "an upload", v.Get("/uploads/photo.png", lab.Stranger), 200)
				clean(t, "the form", v.Post("/contact.php", lab.Stranger+1), 200)
			})
			t.Run("a missing script and a pretty URL that fell through to the index are not new scripts", func(t *testing.T) {
				clean(t, "a missing script", v.Get("/missing.php", lab.Stranger+2), 200)
				clean(t, "a POST to one", v.Post("/missing.php", lab.Stranger+2), 200)
				clean(t, "one among uploads", v.Get("/uploads/missing.php", lab.Stranger+2), 200)
				clean(t, "a pretty URL", v.Get("/blog/some-article", lab.Stranger+2), 200)
				clean(t, "a pretty URL with PATH_INFO", v.Get("/index.php/blog/x", lab.Stranger+2), 200)
			})
			t.Run("a script dropped among uploads is flagged, and runs", func(t *testing.T) {
				s.Drop("uploads/x.php")
				a := v.Post("/uploads/x.php", lab.Stranger+3)
				e := c.Logged(a.Mark)
				if e.Guard == nil || e.Guard.Verdict != "malicious" || e.Guard.Script != "/uploads/x.php" || e.Guard.Mode != "log" ||
					e.Guard.Action != "none" || !e.Guard.Has(1001) || !e.Guard.Has(1010) || e.Guard.Has(1003) != u.Rooted {
					t.Errorf("%+v", e.Guard)
				}
				if a.Status != 200 || !s.Executed("x.php") || !strings.Contains(a.Body, "told: nothing") {
					t.Errorf("%d %s", a.Status, a.Body)
				}
			})
			t.Run("a script dropped elsewhere is flagged, for reading too", func(t *testing.T) {
				s.Drop("x.php")
				for _, method := range []string{http.MethodGet, http.MethodPost} {
					a := v.Ask(lab.Request{Method: method, Path: "/x.php", Network: lab.Stranger + 4, Referer: true})
					if e := c.Logged(a.Mark); !e.Guard.Has(1001) {
						t.Errorf("%s: %+v", method, e.Guard)
					}
				}
			})
			t.Run("a page that was only read takes a POST", func(t *testing.T) {
				e := c.Logged(v.Post("/about.php", lab.Stranger+5).Mark)
				if e.Guard == nil || e.Guard.Verdict != "suspicious" || !e.Guard.Has(1002) || !e.Guard.Has(1020) {
					t.Errorf("%+v", e.Guard)
				}
			})
			t.Run("a first form of a page by a visitor is clean", func(t *testing.T) {
				clean(t, "", v.Ask(lab.Request{Method: http.MethodPost, Path: "/about.php", Network: 3, Referer: true}), 200)
			})
		})
	}
}

func TestPHPTag(t *testing.T) {
	socket := lab.StartFPM(t)
	for _, u := range lab.Setups() {
		t.Run(u.Name, func(t *testing.T) {
			c, s, v := u.Guarded(t, "tag", socket)
			s.Drop("uploads/x.php")
			forged := http.Header{
				"X-Webshell-Guard": {"verdict=clean"}, "X_webshell_guard": {"verdict=clean"}, "x-webshell_Guard": {"verdict=clean"},
				"Connection": {"close, X-Webshell-Guard"},
			}
			t.Run("PHP is told what the guard thinks, not what the client says", func(t *testing.T) {
				a := v.Ask(lab.Request{Method: http.MethodPost, Path: "/uploads/x.php", Network: lab.Stranger, Header: forged})
				if !strings.Contains(a.Body, `told: verdict=malicious, score=`) || !strings.Contains(a.Body, `script="/uploads/x.php", signals=(new-script `) {
					t.Errorf("%d %s", a.Status, a.Body)
				}
				if e := c.Logged(a.Mark); e.Guard == nil || e.Guard.Action != "tag" || e.Guard.Stage != "request" {
					t.Errorf("%+v", e.Guard)
				}
			})
			t.Run("of a clean request it is told nothing", func(t *testing.T) {
				s.Put("about.php", `<?php echo "told: ", $_SERVER["HTTP_X_WEBSHELL_GUARD"] ?? "nothing";`)
				if a := v.Ask(lab.Request{Method: http.MethodGet, Path: "/about.php", Network: 3, Header: forged}); a.Body != "told: nothing" {
					t.Errorf("%d %s", a.Status, a.Body)
				}
			})
		})
	}
}

func TestPHPBlock(t *testing.T) {
	socket := lab.StartFPM(t)
	for _, u := range lab.Setups() {
		t.Run(u.Name, func(t *testing.T) {
			c, s, v := u.Guarded(t, "block", socket)
			t.Run("a missing script is not refused", func(t *testing.T) {
				for _, path := range []string{"/missing.php", "/uploads/missing.php"} {
					if a := v.Get(path, lab.Stranger); u.Rooted && (a.Status != 200 || c.Logged(a.Mark).Guard != nil) {
						t.Errorf("%s: %d %+v", path, a.Status, c.Logged(a.Mark).Guard)
					}
				}
			})
			s.Drop("uploads/x.php")
			t.Run("a payload to a script among uploads is refused before it runs", func(t *testing.T) {
				a := v.Post("/uploads/x.php", lab.Stranger)
				e := c.Logged(a.Mark)
				if a.Status != 403 || s.Executed("x.php") || e.Guard == nil || e.Guard.Action != "block" || e.Guard.Stage != "request" {
					t.Errorf("%d %s %+v", a.Status, a.Body, e.Guard)
				}
			})
			t.Run("reading it is refused, before it runs where the root is known", func(t *testing.T) {
				a := v.Ask(lab.Request{Method: http.MethodGet, Path: "/uploads/x.php", Network: 3, Referer: true})
				if a.Status != 403 || strings.Contains(a.Body, "ran by") {
					t.Errorf("%d %s", a.Status, a.Body)
				}
				if ran := s.Executed("x.php"); ran == u.Rooted {
					t.Errorf("executed: %v", ran)
				}
			})
			if u.Rooted {
				t.Run("by no other name does it run either", func(t *testing.T) {
					s.Drop("uploads/index.php")
					s.Drop("uploads/z.PHP")
					for _, path := range []string{
						"/uploads/", "/uploads/x.php.jpg", "/uploads/x.phpfoo", "/uploads/x.php/info", "/uploads//x.php", "/uploads/z.PHP",
						"/uploads/x%2Ephp", "/blog/../uploads/x.php", "/uploads/x.php%20", "/uploads/x.php%00.jpg", "/uploads/X.php", "/uploads/x.php;a",
					} {
						a := v.Ask(lab.Request{Method: http.MethodPost, Path: path, Network: lab.Stranger + 9})
						for _, script := range []string{"x.php", "index.php", "z.PHP"} {
							if s.Executed(script) {
								t.Errorf("%s ran %s: %d %s", path, script, a.Status, a.Body)
							}
						}
					}
				})
			}
			t.Run("a payload to a new script elsewhere is refused where its file tells", func(t *testing.T) {
				s.Drop("y.php")
				a := v.Ask(lab.Request{Method: http.MethodPost, Path: "/y.php", Network: 3, Referer: true})
				if want := map[bool]int{true: 403, false: 200}[u.Rooted]; a.Status != want || s.Executed("y.php") == u.Rooted {
					t.Errorf("%d %s", a.Status, a.Body)
				}
			})
			t.Run("reading it is refused at its answer where its file tells, because that has no markup", func(t *testing.T) {
				a := v.Get("/y.php", 3)
				e := c.Logged(a.Mark)
				if !s.Executed("y.php") || !e.Guard.Has(1001) {
					t.Errorf("%d %s %+v", a.Status, a.Body, e.Guard)
				}
				if u.Rooted && (a.Status != 403 || strings.Contains(a.Body, "ran by") || !e.Guard.Has(1050) || e.Guard.Stage != "response") {
					t.Errorf("%d %s %+v", a.Status, a.Body, e.Guard)
				}
				if !u.Rooted && a.Status != 200 {
					t.Errorf("%d %s", a.Status, a.Body)
				}
			})
			t.Run("reading a new page is told, and not refused", func(t *testing.T) {
				s.Put("page.php", "<!doctype html><title>new</title><p>a new page")
				a := v.Get("/page.php", 3)
				if e := c.Logged(a.Mark); a.Status != 200 || !e.Guard.Has(1001) || e.Guard.Has(1003) != u.Rooted || e.Guard.Action != "none" {
					t.Errorf("%d %s %+v", a.Status, a.Body, e.Guard)
				}
			})
			t.Run("the rest of the site works", func(t *testing.T) {
				for _, path := range []string{"/", "/about.php", "/style.css", "/blog/x"} {
					if a := v.Get(path, lab.Stranger); a.Status != 200 {
						t.Errorf("%s: %d", path, a.Status)
					}
				}
				if a := v.Post("/contact.php", lab.Stranger); a.Status != 200 {
					t.Errorf("form: %d", a.Status)
				}
			})
		})
	}
}
