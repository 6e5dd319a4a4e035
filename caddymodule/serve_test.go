package caddymodule

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// running is a real Caddy in this process. There can be only one at a time.
type running struct {
	t    *testing.T
	dir  string
	port int
}

// newRunning makes room for a Caddy: a folder for storage and logs, and a port.
func newRunning(t *testing.T) *running {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &running{t: t, dir: t.TempDir(), port: l.Addr().(*net.TCPAddr).Port}
}

// load gives it the directives of a site.
func (c *running) load(directives string) error {
	c.t.Helper()
	adapted, err := adapt(fmt.Sprintf(`{
	admin off
	persist_config off
	auto_https off
	storage file_system %[1]s/storage
	log {
		output file %[1]s/log.json
		exclude http.log.access
	}
	log access {
		output file %[1]s/access.json
		include http.log.access
	}
	servers {
		protocols h1 h2c
		trusted_proxies static 127.0.0.0/8
		trusted_proxies_strict
	}
}
http://:%[2]d {
	log
%[3]s
}
`, c.dir, c.port, directives))
	if err != nil {
		c.t.Fatal(err)
	}
	return caddy.Load([]byte(adapted), true)
}

func (c *running) mustLoad(directives string) {
	c.t.Helper()
	if err := c.load(directives); err != nil {
		c.t.Fatal(err)
	}
}

// learnedSite loads the directives, has 40 networks visit /index.php, and waits
// for the end of learning. The directives' guard must `learn 1s 0.9`.
func (c *running) learnedSite(directives string) {
	c.t.Helper()
	c.mustLoad(directives)
	for n := range 100 {
		r := c.request(http.MethodGet, "/index.php", nil)
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.0.%d.1", n%40))
		r.Header.Set("Referer", fmt.Sprintf("http://127.0.0.1:%d/", c.port))
		if resp, _ := c.send(r, http1()); resp.StatusCode != http.StatusOK {
			c.t.Fatalf("learning: %d", resp.StatusCode)
		}
	}
	c.waitFor("learning has ended")
}

// waitFor waits for a line of the log.
func (c *running) waitFor(text string) {
	c.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if strings.Contains(c.read("log.json"), text) {
			return
		}
	}
	c.t.Fatalf("no %q in the log:\n%s", text, c.read("log.json"))
}

func (c *running) read(name string) string {
	b, _ := os.ReadFile(filepath.Join(c.dir, name))
	return string(b)
}

func (c *running) request(method, path string, body io.Reader) *http.Request {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	c.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("http://127.0.0.1:%d%s", c.port, path), body)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("X-Forwarded-For", "198.51.100.1")
	return r
}

// http1 and http2 are ways to ask.
func http1() *http.Transport { return &http.Transport{DisableCompression: true} }

func http2() *http.Transport {
	t := http1()
	t.Protocols = new(http.Protocols)
	t.Protocols.SetUnencryptedHTTP2(true)
	return t
}

// send sends the request and reads the answer to its end.
func (c *running) send(r *http.Request, transport *http.Transport) (*http.Response, string) {
	c.t.Helper()
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return resp, string(body)
}

func (c *running) get(path string) (*http.Response, string) {
	c.t.Helper()
	return c.send(c.request(http.MethodGet, path, nil), http1())
}

func (c *running) post(path string) (*http.Response, string) {
	c.t.Helper()
	return c.send(c.request(http.MethodPost, path, strings.NewReader("a=b")), http1())
}

// upstream runs a server behind the guard and returns its address.
func upstream(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// lastAccess is the access log's newest entry, which must be of the path.
func (c *running) lastAccess(path string) map[string]any {
	c.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		lines := strings.Split(strings.TrimSpace(c.read("access.json")), "\n")
		var entry map[string]any
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &entry); err == nil &&
			entry["request"].(map[string]any)["uri"] == path {
			return entry
		}
	}
	c.t.Fatalf("no access log entry of %s:\n%s", path, c.read("access.json"))
	return nil
}
