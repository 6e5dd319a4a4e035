package operate

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// backOffice is an application whose staff pages send strangers to the login and mostly
// redirect staff as well. What they show begins with the same head as the page that
// leads to them.
func backOffice() http.Handler {
	const page = "<!doctype html><html lang=en class=toolbar><head><title>Back office</title><meta charset=utf-8><link rel=stylesheet href=/style.css></head>" +
		"<body class=staff><nav>Posts Media Pages Comments Appearance Users Tools Settings</nav><main>%s</main>"
	scripts := map[string]bool{"/index.php": true, "/about.php": true, "/wp-login.php": true}
	for _, path := range append(commonStaffPages, rareStaffPages...) {
		scripts[path] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		staff := r.Header.Get("Cookie") == "staff=1"
		switch {
		case strings.HasSuffix(r.URL.Path, ".css"):
			w.Header().Set("Content-Type", "text/css")
			io.WriteString(w, "body { margin: 0 }")
		case r.URL.Path == "/wp-admin/" && staff:
			fmt.Fprintf(w, page, "Dashboard")
		case r.URL.Path != "/" && r.URL.Path != "/wp-admin/" && !scripts[r.URL.Path]:
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, "<html><title>Nothing found</title><h1>Oops</h1><p>That page can&rsquo;t be found. Maybe try a search, or one of the links below?</p>")
		case strings.HasPrefix(r.URL.Path, "/wp-admin/") && !staff:
			http.Redirect(w, r, "/wp-login.php", http.StatusFound)
		case r.URL.Path == "/wp-login.php" && r.Method == http.MethodPost:
			http.Redirect(w, r, "/wp-admin/", http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/wp-admin/") && r.Method == http.MethodPost:
			http.Redirect(w, r, "/wp-admin/", http.StatusSeeOther)
		case strings.HasPrefix(r.URL.Path, "/wp-admin/"):
			fmt.Fprintf(w, page, r.URL.Path)
		case r.URL.Path == "/about.php":
			io.WriteString(w, "<html><title>About</title><p>Three of us share a workshop by the harbour, bind books for a living, and keep this diary of it since the spring.")
		case r.URL.Path == "/wp-login.php":
			io.WriteString(w, "<html><title>Log in</title><form method=post><label>Name or address<input name=log></label><label>Password<input name=pwd></label></form>")
		default:
			io.WriteString(w, "<html><title>A blog</title><p>Welcome to our blog, where we write about paper, ink, notebooks and all else that lies on a desk.")
		}
	})
}

// What all staff use, and what the administrator does.
var (
	commonStaffPages = staffPages("index", "post", "edit", "upload", "admin-ajax", "async-upload", "profile")
	rareStaffPages   = staffPages("options", "options-general", "plugins", "users", "user-edit", "update", "themes", "tools", "export")
)

func staffPages(names ...string) (paths []string) {
	for _, name := range names {
		paths = append(paths, "/wp-admin/"+name+".php")
	}
	return paths
}

// TestStaffPagesThatRedirect is a site behind reverse_proxy, of which no root is known,
// in 284 sessions of its visitors, staff, administrator and scanners.
func TestStaffPagesThatRedirect(t *testing.T) {
	origin := httptest.NewServer(backOffice())
	t.Cleanup(origin.Close)
	v := lab.NewVisitor(t)
	c := lab.StartCaddy(t, fmt.Sprintf(`http://:%d {
	log
	webshell_guard block {
		site blog
		learn 1h 0.95
	}
	reverse_proxy %s
}
`, v.Port, strings.TrimPrefix(origin.URL, "http://")))
	const administrator = 7
	for n := range 284 {
		session(v, n)
		if n%10 == 0 {
			office(v, 1+n/10%5, commonStaffPages)
		}
		if n%20 == 0 {
			office(v, administrator, append(commonStaffPages, rareStaffPages...))
		}
		if n%40 == 0 {
			for i := range 6 {
				v.Get(fmt.Sprintf("/wp-content/%d.php", i+n), 100+n/40)
				v.Get("/shell.php", 100+n/40)
			}
		}
	}
	c.Must("enforcing", "enforce", "blog")

	scripts := c.Must("/about.php", "scripts", "blog")
	for _, path := range append(commonStaffPages, rareStaffPages...) {
		if !strings.Contains(scripts, path) {
			t.Errorf("%s is not known", path)
		}
	}
	if strings.Contains(scripts, "/shell.php") || strings.Contains(scripts, "/wp-content/") {
		t.Error("what scanners asked for is known")
	}
	// A page that is new asks for a look, but whoever asks for it is no scanner.
	v.Ask(lab.Request{Method: http.MethodPost, Path: "/index.php", Network: administrator})
	for _, l := range strings.Split(c.Read("log.json"), "\n") {
		if strings.Contains(l, "that are not there") {
			t.Errorf("an accusation: %s", l)
		}
	}

	rehearsal := c.Must("/wp-admin/options.php", "contain", "blog", "--rehearse")
	for _, path := range commonStaffPages {
		if strings.Contains(rehearsal, path+" ") {
			t.Errorf("containment would refuse %s:\n%s", path, rehearsal)
		}
	}
	c.Must("this node", "contain", "blog", "--for", "1h")
	for n, path := range commonStaffPages {
		for _, a := range []lab.Answer{staff(v, http.MethodGet, path, 1+n%5), staff(v, http.MethodPost, path, 1+n%5)} {
			if a.Status == 403 {
				t.Errorf("contained: %s is refused", path)
			}
		}
	}
	for _, path := range []string{"/shell.php", rareStaffPages[0]} {
		if a := staff(v, http.MethodPost, path, administrator); a.Status != 403 && a.Status != 404 {
			t.Errorf("contained: %s: %d", path, a.Status)
		}
	}
}

// session is one of a reader.
func session(v lab.Visitor, n int) {
	for _, path := range []string{"/", "/style.css", "/about.php", "/index.php"} {
		v.Ask(lab.Request{Method: http.MethodGet, Path: path, Network: 10 + n%40, Referer: path != "/"})
	}
}

// office is one of staff: they log in, and send forms more often than they read.
func office(v lab.Visitor, network int, pages []string) {
	v.Ask(lab.Request{Method: http.MethodGet, Path: "/wp-login.php", Network: network})
	staff(v, http.MethodPost, "/wp-login.php", network)
	for n, path := range pages {
		if n%3 == 0 {
			staff(v, http.MethodGet, path, network)
		}
		staff(v, http.MethodPost, path, network)
	}
}

func staff(v lab.Visitor, method, path string, network int) lab.Answer {
	return v.Ask(lab.Request{Method: method, Path: path, Network: network, Referer: true, Header: http.Header{"Cookie": {"staff=1"}}})
}
