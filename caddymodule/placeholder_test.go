package caddymodule

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

const showing = `
	webshell_guard %s {
		site shop
		threshold 10 16
	}
	reverse_proxy %s {
		header_up Verdict {http.webshell_guard.verdict}
		header_up Shown "[{http.webshell_guard.score}|{http.webshell_guard.script}|{http.webshell_guard.signals}]"
	}
	handle_errors {
		respond "{http.webshell_guard.verdict} {http.webshell_guard.score} {http.webshell_guard.script} {http.webshell_guard.signals}"
	}
`

func TestPlaceholders(t *testing.T) {
	upstream := newMirror(t)
	dir := t.TempDir()
	seed(t, dir+"/storage", "shop")
	c := startIn(t, dir, fmt.Sprintf(showing, "log", upstream.URL))
	shown := func(t *testing.T, c *instance, network int, method, path string) (verdict, rest string) {
		_, body := c.in(t).ask(network, method, path)
		var got received
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		return got.Header.Get("Verdict"), got.Header.Get("Shown")
	}
	t.Run("tell the handlers behind the guard", func(t *testing.T) {
		verdict, rest := shown(t, c, stranger, "POST", "/a%20b.php")
		if verdict != "suspicious" || !regexp.MustCompile(`^\[1\d(\.\d)?\|/a%20b\.php\|new-script post-no-referer new-client\]$`).MatchString(rest) {
			t.Errorf("%s %s", verdict, rest)
		}
	})
	t.Run("say clean, and are not left standing, when there is nothing to tell", func(t *testing.T) {
		for _, path := range []string{"/index.php", "/picture.png"} {
			if verdict, rest := shown(t, c, visitor, "GET", path); verdict != "clean" || rest != "[||]" {
				t.Errorf("%s: %s %s", path, verdict, rest)
			}
		}
	})
	c.stop()
	c = startIn(t, dir, fmt.Sprintf(showing, "block", upstream.URL))
	t.Run("tell handle_errors of a refused request", func(t *testing.T) {
		_, body := c.in(t).ask(stranger, "POST", "/uploads/x.php")
		if !regexp.MustCompile(`^malicious \d\d(\.\d)? /uploads/x\.php new-script upload-location post-no-referer new-client$`).MatchString(body) {
			t.Errorf("%q", body)
		}
	})
	t.Run("tell handle_errors of a refused response", func(t *testing.T) {
		_, body := c.in(t).ask(stranger, "GET", "/uploads/y.php")
		if !regexp.MustCompile(`^malicious \d\d(\.\d)? /uploads/y\.php new-script upload-location no-referer new-client$`).MatchString(body) {
			t.Errorf("%q", body)
		}
	})
}

func TestPlaceholdersOfAnAnswerThatClearsTheRequest(t *testing.T) {
	// Suspicious as it arrives, and then the site says that there is no such script.
	u := provision(t, `{}`)
	r := post("/x.php", stranger)
	repl := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	u.serve(r, func(w http.ResponseWriter, _ *http.Request) error {
		if v, _ := repl.GetString("http.webshell_guard.verdict"); v != "suspicious" {
			t.Errorf("at the request %q", v)
		}
		w.WriteHeader(http.StatusNotFound)
		return nil
	})
	for name, want := range map[string]string{"verdict": "clean", "score": "", "script": "", "signals": ""} {
		if got, ok := repl.GetString("http.webshell_guard." + name); got != want || !ok {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
}
