package caddymodule

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// shells are ways to answer that a blocked script may choose to get through.
// None of them holds anything but harmless text.
var shells = map[string]http.HandlerFunc{
	"/plain.php": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "shell")
	},
	"/empty.php": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
	"/trailer.php": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Shell-Announced")
		_, _ = io.WriteString(w, "shell")
		w.Header().Set("X-Shell-Announced", "shell")
		w.Header().Set(http.TrailerPrefix+"X-Shell-Late", "shell")
	},
	"/events.php": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for range 100 {
			if _, err := io.WriteString(w, "data: shell\n\n"); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
		}
		if r.Method == http.MethodGet {
			<-r.Context().Done() // an endless stream: only the guard ends it
		}
	},
	"/large.php": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(64<<20))
		block := []byte(strings.Repeat("shell", 8192))
		for sent := 0; sent < 64<<20; {
			n, err := w.Write(block[:min(len(block), 64<<20-sent)])
			if err != nil {
				return
			}
			sent += n
		}
	},
	"/hints.php": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</shell.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "shell")
	},
	"/error.php": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "shell", http.StatusTeapot) },
}

// shellApplication answers its pages and, with headers of their own, the shells.
func shellApplication(w http.ResponseWriter, r *http.Request) {
	shell, ok := shells[strings.TrimPrefix(r.URL.Path, "/uploads")]
	switch {
	case r.URL.Path == "/index.php":
		_, _ = io.WriteString(w, "home")
	case ok:
		w.Header().Set("Set-Cookie", "shell=1")
		w.Header().Set("X-Shell", "1")
		w.Header().Set("Etag", `"shell"`)
		shell(w, r)
	default:
		http.NotFound(w, r)
	}
}

const blockSite = `
	header X-Site kept
	webshell_guard block {
		site block
		learn 1s 0.9
		%s
	}
	reverse_proxy %s
	handle_errors {
		header X-Rendered-By handle_errors
		respond "refused: {http.webshell_guard.verdict} {http.webshell_guard.script}" {err.status_code}
	}
`

func TestBlockedAnswersAreClean(t *testing.T) {
	c := newRunning(t)
	c.learnedSite(fmt.Sprintf(blockSite, "", upstream(t, shellApplication)))
	for path := range shells {
		if path == "/error.php" {
			continue // without a root, only success shows that a script exists
		}
		for name, transport := range map[string]*http.Transport{"HTTP/1.1": http1(), "HTTP/2": http2()} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				t.Run(method+" "+path+" over "+name, func(t *testing.T) {
					resp, body := c.send(c.request(method, "/uploads"+path, nil), transport)
					want := "refused: malicious /uploads" + path
					if method == http.MethodHead {
						want = ""
					}
					if resp.StatusCode != http.StatusForbidden || body != want {
						t.Errorf("%d %.200q", resp.StatusCode, body)
					}
					if resp.Header.Get("X-Rendered-By") != "handle_errors" || resp.Header.Get("X-Site") != "kept" {
						t.Errorf("the page is not the site's: %v", resp.Header)
					}
					for _, header := range []string{"Set-Cookie", "X-Shell", "Etag", "Link", "Trailer"} {
						if resp.Header.Get(header) != "" {
							t.Errorf("the shell's %s: %v", header, resp.Header)
						}
					}
					if len(resp.Trailer) > 0 {
						t.Errorf("the shell's trailers: %v", resp.Trailer)
					}
				})
			}
		}
	}
	t.Run("the connection goes on", func(t *testing.T) {
		transport := http1()
		for range 3 {
			r := c.request(http.MethodGet, "/uploads/trailer.php", nil)
			resp, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != http.StatusForbidden {
				t.Errorf("%d", resp.StatusCode)
			}
		}
		transport.CloseIdleConnections()
	})
	t.Run("no panic was logged", func(t *testing.T) {
		if log := c.read("log.json"); strings.Contains(log, "panic") {
			t.Error(log)
		}
	})
	t.Run("the site works", func(t *testing.T) {
		if resp, body := c.get("/index.php"); resp.StatusCode != http.StatusOK || body != "home" {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	})
}

func TestBlockedUpgradeIsClean(t *testing.T) {
	hijacked := make(chan struct{}, 10)
	address := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			_, _ = io.WriteString(w, "home")
			return
		}
		w.Header().Set("Upgrade", "echo")
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("X-Shell", "1")
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		hijacked <- struct{}{}
		line, _ := rw.ReadString('\n')
		_, _ = io.WriteString(conn, "echo "+line)
	})
	c := newRunning(t)
	c.learnedSite(fmt.Sprintf(blockSite, "", address))
	upgrade := func(path string) (*http.Response, string) {
		t.Helper()
		r := c.request(http.MethodGet, path, nil)
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", "echo")
		resp, err := http1().RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if conn, ok := resp.Body.(io.ReadWriteCloser); ok && resp.StatusCode == http.StatusSwitchingProtocols {
			_, _ = io.WriteString(conn, "hello\n")
			line, _ := bufio.NewReader(conn).ReadString('\n')
			return resp, line
		}
		body, _ := io.ReadAll(resp.Body)
		return resp, string(body)
	}
	if resp, body := upgrade("/uploads/x.php"); resp.StatusCode != http.StatusForbidden || resp.Header.Get("X-Shell") != "" {
		t.Errorf("%d %s %v", resp.StatusCode, body, resp.Header)
	}
	if resp, line := upgrade("/index.php"); resp.StatusCode != http.StatusSwitchingProtocols || line != "echo hello\n" {
		t.Errorf("an upgrade of a known script: %d %q", resp.StatusCode, line)
	}
}

func TestBlockWithEqualThresholds(t *testing.T) {
	c := newRunning(t)
	c.learnedSite(fmt.Sprintf(blockSite, "threshold 10 10\n\t\tblock_status 404", upstream(t, shellApplication)))
	for _, path := range []string{"/plain.php", "/events.php", "/large.php"} {
		if resp, body := c.get(path); resp.StatusCode != http.StatusNotFound || body != "refused: malicious "+path {
			t.Errorf("%s: %d %.100q", path, resp.StatusCode, body)
		}
	}
	if resp, body := c.get("/missing.php"); resp.StatusCode != http.StatusNotFound || strings.HasPrefix(body, "refused") {
		t.Errorf("a missing script: %d %s", resp.StatusCode, body)
	}
}
