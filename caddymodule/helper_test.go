package caddymodule

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

const (
	// patience is how long a test waits for what must happen. It is no measure
	// of how long that may take.
	patience = 20 * time.Second
	// visitor is a client network that the seeded sites know, stranger one that
	// they do not.
	visitor, stranger = 3, 200
)

// instance is a Caddy in this process with one site. Caddy is global, so there
// is one at a time, and no test here runs in parallel.
type instance struct {
	t    testing.TB
	dir  string
	addr string
	// admin is where the admin endpoint listens; off if it is empty.
	admin string
}

// startIn runs Caddy with a site of the directives given. Its storage and its log
// lie in dir, perhaps those of an earlier one.
func startIn(t testing.TB, dir, directives string) *instance {
	t.Helper()
	return (&instance{t: t, dir: dir}).start(directives)
}

func (c *instance) start(directives string) *instance {
	c.t.Helper()
	t := c.t
	t.Cleanup(func() {
		c.stop()
		if t.Failed() {
			t.Logf("caddy's log:\n%s", c.log())
		}
	})
	if err := c.load(directives); err != nil {
		t.Fatal(err)
	}
	return c
}

// load gives Caddy another configuration of the same site. It listens on
// another port then: a connection that the old listener has accepted as it is
// closed is lost, for no fault of the guard's.
func (c *instance) load(directives string) error {
	c.t.Helper()
	for attempt := 1; ; attempt++ {
		addr := freeAddr(c.t)
		config, err := adapt(c.caddyfile(addr, directives))
		if err != nil {
			c.t.Fatal(err)
		}
		err = caddy.Load([]byte(config), true)
		if err != nil && strings.Contains(err.Error(), "address already in use") && attempt < 3 {
			continue // somebody was faster
		}
		if err == nil {
			c.addr = addr
		}
		return err
	}
}

func (c *instance) caddyfile(addr, directives string) string {
	return fmt.Sprintf(`{
	admin %s
	persist_config off
	auto_https off
	grace_period 1s
	storage file_system %q
	log {
		output file %q {
			roll_disabled
		}
		format json
	}
	servers {
		protocols h1 h2c
	}
}
http://%s {
	log
	%s
}
`, cmp.Or(c.admin, "off"), c.storage(), filepath.Join(c.dir, "log.json"), addr, directives)
}

func (c *instance) stop() {
	c.t.Helper()
	if err := caddy.Stop(); err != nil {
		c.t.Error(err)
	}
}

// in is the instance as a subtest uses it.
func (c *instance) in(t testing.TB) *instance {
	return &instance{t: t, dir: c.dir, addr: c.addr, admin: c.admin}
}

func (c *instance) storage() string { return filepath.Join(c.dir, "storage") }

func (c *instance) log() string {
	b, _ := os.ReadFile(filepath.Join(c.dir, "log.json"))
	return string(b)
}

// logLine is a line of Caddy's log, access log included.
type logLine struct {
	Level, Logger, Msg string
	Site, Error        string
	Status             int
	Request            struct{ Method, URI string }
	Guard              map[string]any `json:"webshell_guard"`
	Appended           string         // by log_append
	Decided            []string
	By                 struct {
		Via, Claimed string
		UID          *int
	}
}

// logged returns the lines of the log that match, once there are n of them.
func (c *instance) logged(n int, matches func(logLine) bool) (lines []logLine) {
	c.t.Helper()
	c.eventually("the log does not show it", func() bool {
		lines = nil
		for s := bufio.NewScanner(bytes.NewBufferString(c.log())); s.Scan(); {
			var l logLine
			if json.Unmarshal(s.Bytes(), &l) == nil && matches(l) {
				lines = append(lines, l)
			}
		}
		return len(lines) >= n
	})
	return lines
}

// access returns the access log's line about a path, the only one of it.
func (c *instance) access(path string) logLine {
	c.t.Helper()
	lines := c.logged(1, func(l logLine) bool { return l.Msg == "handled request" && l.Request.URI == path })
	if len(lines) != 1 {
		c.t.Fatalf("%d lines of %s", len(lines), path)
	}
	return lines[0]
}

func (c *instance) eventually(problem string, done func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatal(problem)
		}
	}
}

// client is a client of the network given, with connections of its own.
func (c *instance) client(network int, protocol func(*http.Protocols)) *http.Client {
	transport := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true, DialContext: (&net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(network), 1)},
	}).DialContext}
	protocol(transport.Protocols)
	c.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

func h1(p *http.Protocols)  { p.SetHTTP1(true) }
func h2c(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }

var protocols = map[string]func(*http.Protocols){"HTTP/1.1": h1, "HTTP/2": h2c}

// ask sends a request from the network given and reads the answer.
func (c *instance) ask(network int, method, path string, headers ...string) (*http.Response, string) {
	c.t.Helper()
	return c.do(c.client(network, h1), method, path, headers...)
}

// do sends a request, with the headers given as names and values in turn.
func (c *instance) do(client *http.Client, method, path string, headers ...string) (*http.Response, string) {
	c.t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = bytes.NewBufferString("name=value")
	}
	r, err := http.NewRequest(method, "http://"+c.addr+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, string(b)
}

var lastPort atomic.Int32

// freeAddr is an address that nobody listens on. It lies below the ports that Linux gives to
// outgoing connections, which would take one before Caddy listens on it, and below those that
// the integration tests use.
func freeAddr(t testing.TB) string {
	t.Helper()
	const lowest, count = 10_000, 2_000
	for range count {
		addr := fmt.Sprintf("127.0.0.1:%d", lowest+(os.Getpid()+int(lastPort.Add(1)))%count)
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}
