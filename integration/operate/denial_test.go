package operate

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// scriptServer runs scripts by all names that servers with `try_files {path} {path}.php
// {path}/index.php` and directory indexes run them by, and keeps which ran.
type scriptServer struct {
	mu      sync.Mutex
	scripts map[string]bool
	ran     []string
}

func (s *scriptServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := path.Clean(r.URL.Path)
	script := ""
	if before, _, ok := strings.Cut(asked, ".php/"); ok {
		asked = before + ".php"
	}
	s.mu.Lock()
	for _, name := range []string{asked, asked + ".php", path.Join(asked, "index.php")} {
		if s.scripts[name] {
			script = name
			s.ran = append(s.ran, name)
			break
		}
	}
	s.mu.Unlock()
	switch {
	case script != "":
		fmt.Fprintf(w, "<!doctype html><title>%s</title><p>what %[1]s has to say", script)
	case strings.HasSuffix(asked, ".jpg"):
		w.Header().Set("Content-Type", "image/jpeg")
		io.WriteString(w, "a picture")
	default:
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, "nothing of that name is here")
	}
}

func (s *scriptServer) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts[name] = true
}

// executed reports whether a script ran since it was last asked.
func (s *scriptServer) executed(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ran := slices.Contains(s.ran, name)
	s.ran = nil
	return ran
}

// TestDeniedByAnyName is a site behind reverse_proxy, of which no root is known.
func TestDeniedByAnyName(t *testing.T) {
	site := &scriptServer{scripts: map[string]bool{"/index.php": true, "/about2.php": true, "/newdir/index.php": true}}
	origin := httptest.NewServer(site)
	t.Cleanup(origin.Close)
	v := lab.NewVisitor(t)
	c := lab.StartCaddy(t, fmt.Sprintf(`http://:%d {
	log
	webshell_guard log {
		site shop
		learn 1h 0.95
	}
	reverse_proxy %s
}
`, v.Port, strings.TrimPrefix(origin.URL, "http://")))
	for n := range 40 {
		for _, page := range []string{"/index.php", "/", "/about2", "/newdir/"} {
			v.Get(page, 1+n)
		}
	}
	c.Must("enforcing", "enforce", "shop")
	c.Must("denied", "deny", "shop", "/newdir/index.php", "/about2.php")
	refused := func(t *testing.T, script string, paths ...string) {
		t.Helper()
		for _, p := range paths {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
				site.executed(script)
				a := v.Ask(lab.Request{Method: method, Path: p, Network: lab.Stranger})
				if a.Status != http.StatusForbidden || site.executed(script) {
					t.Errorf("%s %s: %d", method, p, a.Status)
				}
			}
		}
	}
	served := func(t *testing.T, paths ...string) {
		t.Helper()
		for _, p := range paths {
			if a := v.Get(p, 1); a.Status != http.StatusOK {
				t.Errorf("%s: %d", p, a.Status)
			}
		}
	}
	denied := func(t *testing.T) {
		t.Helper()
		refused(t, "/newdir/index.php", "/newdir/", "/newdir", "/newdir/index", "/newdir/index.php", "/newdir/index.php/x", "//newdir//.")
		refused(t, "/about2.php", "/about2", "/about2.php", "/about2.php/x", "/newdir/../about2", "/about2.PHP")
		served(t, "/", "/index.php")
	}
	t.Run("a script", denied)
	t.Run("after a kill", func(t *testing.T) {
		c.Kill()
		c.Start()
		denied(t)
	})
	t.Run("a pattern covers the script that comes tomorrow", func(t *testing.T) {
		out := c.Must("Denied from now on", "deny", "shop", "/wp-content/uploads/**")
		if !strings.Contains(out, "/wp-content/uploads/**") {
			t.Error(out)
		}
		c.Kill()
		c.Start()
		site.drop("/wp-content/uploads/2027/new.php")
		site.drop("/wp-content/uploads/d/index.php")
		refused(t, "/wp-content/uploads/2027/new.php", "/wp-content/uploads/2027/new.php", "/wp-content/uploads/2027/new")
		refused(t, "/wp-content/uploads/d/index.php", "/wp-content/uploads/d/", "/wp-content/uploads/d/index.php/y")
		served(t, "/wp-content/uploads/photo.jpg", "/")
		if a := v.Post("/wp-content/uploads/2027/new", lab.Stranger); !c.Logged(a.Mark).Guard.Has(1090) || !strings.Contains(c.Read("access.json"), "an operator denied '/wp-content/uploads/**'") {
			t.Error("the log does not name the rule")
		}
		c.Must("/wp-content/uploads/**", "denials", "shop")
		c.Must("trusted", "approve", "shop", "/wp-content/uploads/2027/new.php")
		served(t, "/wp-content/uploads/2027/new.php", "/wp-content/uploads/2027/new")
		c.Must("No longer denied", "forget", "shop", "/wp-content/uploads/**")
		served(t, "/wp-content/uploads/d/")
	})
	t.Run("for one host", func(t *testing.T) {
		c.Must("Denied from now on", "deny", "shop", "/index.php", "--host", "127.0.0.1")
		refused(t, "/index.php", "/", "/index.php", "/index")
		c.Must("No longer denied", "forget", "shop", "/index.php", "--host", "127.0.0.1")
		served(t, "/", "/index.php")
	})
	t.Run("who did", func(t *testing.T) {
		out := c.Must("standing denial", "decisions", "shop")
		if !strings.Contains(out, fmt.Sprintf("uid %d on a Unix socket", os.Getuid())) {
			t.Error(out)
		}
	})
}

// TestPHPDeniedByAnyName is the same with PHP and a document root, where what is there
// under the name that was asked for counts, and a front controller answers the rest.
func TestPHPDeniedByAnyName(t *testing.T) {
	setup := lab.FastCGI()
	sites := setup.Sites
	setup.Sites = func(t *testing.T, mode string, port int, s *lab.Site, socket string) string {
		return strings.Replace(sites(t, mode, port, s, socket), "php_fastcgi unix/"+socket,
			"php_fastcgi unix/"+socket+" {\n\t\ttry_files {path} {path}.php {path}/index.php index.php\n\t}", 1)
	}
	c, s, v := setup.Guarded(t, "log", lab.StartFPM(t))
	for _, name := range []string{"about2.php", "newdir/index.php", "uploads/x.php", "blog/there.php"} {
		s.Drop(name)
	}
	s.Put("plain", "a file without a suffix")
	c.Must("denied", "deny", "php", "/about2.php", "/newdir/index.php", "/plain.php")
	c.Must("Denied from now on", "deny", "php", "/uploads/**", "/blog/**")
	for path, script := range map[string]string{
		"/about2": "about2.php", "/about2.php": "about2.php", "/about2.php/x": "about2.php", "/newdir/": "newdir/index.php", "/newdir": "newdir/index.php",
		"/uploads/x.php": "uploads/x.php", "/uploads/x": "uploads/x.php", "/blog/there": "blog/there.php", "/blog/there.php": "blog/there.php",
	} {
		if a := v.Post(path, lab.Stranger); a.Status != http.StatusForbidden || s.Executed(script) {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	for _, path := range []string{"/", "/blog/my-post", "/blog/", "/uploads/photo.png", "/plain", "/about.php"} {
		if a := v.Get(path, 1); a.Status != http.StatusOK {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	s.Drop("uploads/tomorrow.php")
	if a := v.Post("/uploads/tomorrow", lab.Stranger); a.Status != http.StatusForbidden || s.Executed("uploads/tomorrow.php") {
		t.Errorf("a script that came after the rule: %d", a.Status)
	}
}
