package lab

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/port"
)

// Caddy is a Caddy with a data directory of its own, which it keeps when
// it is started again.
type Caddy struct {
	Dir       string
	Caddyfile string // with which Start starts it

	t      *testing.T
	cmd    *exec.Cmd
	exited chan error
}

// StartCaddy runs Caddy with the sites given. Its access log goes to
// access.json and its other logs to log.json, in its directory.
func StartCaddy(t *testing.T, sites string) *Caddy {
	t.Helper()
	return StartCaddyWith(t, "servers {\n\t\tprotocols h1\n\t}", sites, nil)
}

// StartCaddyWith is StartCaddy with the global options given. What prepare does
// to its directory is there when it starts.
func StartCaddyWith(t *testing.T, options, sites string, prepare func(c *Caddy)) *Caddy {
	t.Helper()
	dir := ShortDir(t)
	c := &Caddy{t: t, Dir: dir, Caddyfile: fmt.Sprintf(`{
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
%[2]s`, dir, sites, options)}
	if prepare != nil {
		prepare(c)
	}
	c.startUntilEnd()
	return c
}

// StartCaddyIn runs Caddy with a whole Caddyfile in a directory that its paths name.
// It must log to log.json there.
func StartCaddyIn(t *testing.T, dir, caddyfile string) *Caddy {
	t.Helper()
	c := &Caddy{t: t, Dir: dir, Caddyfile: caddyfile}
	c.startUntilEnd()
	return c
}

func (c *Caddy) startUntilEnd() {
	c.t.Helper()
	c.Start()
	c.t.Cleanup(func() {
		c.Stop()
		if c.t.Failed() {
			c.t.Logf("caddy's log:\n%s", c.Read("log.json"))
		}
	})
}

// ShortDir is a temporary directory whose name leaves room for a socket's: a
// path of a Unix socket has at most 107 bytes.
func ShortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Start starts Caddy, again after Stop or Kill, and waits until it serves.
func (c *Caddy) Start() {
	c.t.Helper()
	c.Write("Caddyfile", c.Caddyfile)
	c.cmd = exec.Command(Binary(c.t), "run", "--config", filepath.Join(c.Dir, "Caddyfile"), "--adapter", "caddyfile")
	var out bytes.Buffer
	c.cmd.Stdout, c.cmd.Stderr = &out, &out
	c.cmd.Env = append(os.Environ(), "HOME="+c.Dir, "XDG_DATA_HOME="+c.Dir, "XDG_CONFIG_HOME="+c.Dir,
		"GORACE=log_path="+filepath.Join(c.Dir, "race"))
	served := strings.Count(c.Read("log.json"), "serving initial configuration")
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.exited = make(chan error, 1)
	go func() { c.exited <- c.cmd.Wait() }()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-c.exited:
			c.t.Fatalf("caddy exited: %v\n%s%s", err, out.String(), c.Read("log.json"))
		default:
		}
		if strings.Count(c.Read("log.json"), "serving initial configuration") > served {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("caddy does not start:\n%s", out.String())
		}
	}
}

// Stop ends Caddy as systemd does, and waits.
func (c *Caddy) Stop() {
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

// Kill ends Caddy as a crash does.
func (c *Caddy) Kill() {
	c.t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	<-c.exited
	c.cmd = nil
}

// PID is the number of the running process.
func (c *Caddy) PID() int { return c.cmd.Process.Pid }

// Reload gives the running Caddy another configuration.
func (c *Caddy) Reload(change func(caddyfile string) string) error {
	c.t.Helper()
	c.Write("Caddyfile", change(c.Caddyfile))
	out, err := exec.Command(Binary(c.t), "reload", "--config", filepath.Join(c.Dir, "Caddyfile"), "--adapter", "caddyfile",
		"--address", "unix/"+filepath.Join(c.Dir, "admin.sock")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// Write writes a file in Caddy's directory.
func (c *Caddy) Write(name, content string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// Read is what is in a file in Caddy's directory, and nothing if there is none.
func (c *Caddy) Read(name string) string {
	b, _ := os.ReadFile(filepath.Join(c.Dir, name))
	return string(b)
}

// FreePort is a port that nobody listens on, and that was not given out before.
func FreePort(t *testing.T) int {
	t.Helper()
	free, err := port.Free()
	if err != nil {
		t.Fatal(err)
	}
	return free
}
