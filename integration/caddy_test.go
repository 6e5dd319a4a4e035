package integration

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// built is the Caddy under test: the one that WEBSHELL_GUARD_CADDY names, such
// as a build by xcaddy, or examples/caddy, built once.
var built = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("WEBSHELL_GUARD_CADDY"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "caddy")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "caddy")
	out, err := exec.Command("go", "build", "-race", "-o", path, "../examples/caddy").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building examples/caddy: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv("WEBSHELL_GUARD_CADDY") == "" {
		if path, err := built(); err == nil {
			os.RemoveAll(filepath.Dir(path))
		}
	}
	os.Exit(code)
}

// caddyProcess is a Caddy with a data directory of its own, which it keeps when
// it is started again.
type caddyProcess struct {
	t         *testing.T
	dir       string
	caddyfile string
	cmd       *exec.Cmd
	exited    chan error
}

// startCaddy runs Caddy with the sites given. Its access log goes to
// access.json and its other logs to log.json, in its directory.
func startCaddy(t *testing.T, sites string) *caddyProcess {
	t.Helper()
	return startCaddyWith(t, "servers {\n\t\tprotocols h1\n\t}", sites, nil)
}

// startCaddyWith is startCaddy with the global options given. What prepare does
// to its directory is there when it starts.
func startCaddyWith(t *testing.T, options, sites string, prepare func(c *caddyProcess)) *caddyProcess {
	t.Helper()
	c := &caddyProcess{t: t, dir: t.TempDir()}
	c.caddyfile = fmt.Sprintf(`{
	admin unix//%[1]s/admin.sock
	persist_config off
	auto_https off
	grace_period 1s
	storage file_system %[1]s/storage
	log {
		output file %[1]s/log.json
		exclude http.log.access
	}
	log access {
		output file %[1]s/access.json
		include http.log.access
	}
	%[3]s
}
%[2]s`, shortDir(t), sites, options)
	c.dir = filepath.Dir(strings.TrimPrefix(strings.Fields(c.caddyfile)[2], "unix/"))
	if prepare != nil {
		prepare(c)
	}
	c.start()
	t.Cleanup(func() {
		c.stop()
		if t.Failed() {
			t.Logf("caddy's log:\n%s", c.read("log.json"))
		}
	})
	return c
}

// shortDir is a temporary directory whose name leaves room for a socket's: a
// path of a Unix socket has at most 107 bytes.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (c *caddyProcess) start() {
	c.t.Helper()
	binary, err := built()
	if err != nil {
		c.t.Fatal(err)
	}
	c.write("Caddyfile", c.caddyfile)
	c.cmd = exec.Command(binary, "run", "--config", filepath.Join(c.dir, "Caddyfile"), "--adapter", "caddyfile")
	var out bytes.Buffer
	c.cmd.Stdout, c.cmd.Stderr = &out, &out
	c.cmd.Env = append(os.Environ(), "HOME="+c.dir, "XDG_DATA_HOME="+c.dir, "XDG_CONFIG_HOME="+c.dir,
		"GORACE=log_path="+filepath.Join(c.dir, "race"))
	served := strings.Count(c.read("log.json"), "serving initial configuration")
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.exited = make(chan error, 1)
	go func() { c.exited <- c.cmd.Wait() }()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-c.exited:
			c.t.Fatalf("caddy exited: %v\n%s%s", err, out.String(), c.read("log.json"))
		default:
		}
		if strings.Count(c.read("log.json"), "serving initial configuration") > served {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("caddy does not start:\n%s", out.String())
		}
	}
}

// stop ends Caddy as systemd does, and waits.
func (c *caddyProcess) stop() {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Signal(os.Interrupt)
	select {
	case <-c.exited:
	case <-time.After(20 * time.Second):
		c.t.Error("caddy does not stop")
		_ = c.cmd.Process.Kill()
		<-c.exited
	}
	c.cmd = nil
}

// reload gives the running Caddy another configuration.
func (c *caddyProcess) reload(change func(caddyfile string) string) error {
	c.t.Helper()
	binary, err := built()
	if err != nil {
		c.t.Fatal(err)
	}
	c.write("Caddyfile", change(c.caddyfile))
	out, err := exec.Command(binary, "reload", "--config", filepath.Join(c.dir, "Caddyfile"), "--adapter", "caddyfile",
		"--address", "unix/"+filepath.Join(c.dir, "admin.sock")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func (c *caddyProcess) write(name, content string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *caddyProcess) read(name string) string {
	b, _ := os.ReadFile(filepath.Join(c.dir, name))
	return string(b)
}

// entry is a line of the access log, as far as it matters.
type entry struct {
	Status  int `json:"status"`
	Request struct {
		URI    string `json:"uri"`
		Method string `json:"method"`
	} `json:"request"`
	Guard *finding `json:"webshell_guard"`
}

// finding is the field of the contract.
type finding struct {
	Verdict, Script, Mode, Action, Phase string

	Score   float64
	Signals []struct {
		ID   int
		Name string
		Bits float64
		Why  string
	}
}

// has reports whether the signal is in the finding, and nil has none.
func (f *finding) has(id int) bool {
	if f == nil {
		return false
	}
	for _, s := range f.Signals {
		if s.ID == id {
			return true
		}
	}
	return false
}

// logged returns the access log's entry of the request that carried the mark in
// its query.
func (c *caddyProcess) logged(mark string) entry {
	c.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for lines := bufio.NewScanner(strings.NewReader(c.read("access.json"))); lines.Scan(); {
			var e entry
			if json.Unmarshal(lines.Bytes(), &e) == nil && strings.Contains(e.Request.URI, mark) {
				return e
			}
		}
	}
	c.t.Fatalf("the access log has no request with %s:\n%s", mark, c.read("access.json"))
	return entry{}
}

// nextPort lies below the ports that Linux gives to outgoing connections.
var nextPort atomic.Int32

// freePort is a port of loopback that nobody listens on, and that was not given
// out before.
func freePort(t *testing.T) int {
	t.Helper()
	nextPort.CompareAndSwap(0, 20_000+int32(os.Getpid()%8_000))
	for range 1000 {
		port := int(nextPort.Add(1))
		if l, err := net.Listen("tcp", fmt.Sprintf(":%d", port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}
