// Package process runs Caddy with the guard as a process of its own, for
// harnesses that kill it, starve it or watch how it grows. The Caddy is the
// harness itself, started anew, so that what the harness registers is in it.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard" // as users build it

	_ "github.com/webshell-guard/caddy-webshell-guard/caddymodule" // the guard
	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/port"
)

// asCaddy is set in the environment of a harness that is to be Caddy.
const asCaddy = "WEBSHELL_GUARD_HARNESS_IS_CADDY"

// patience is how long Caddy may take to start and to stop. It measures nothing.
const patience = 60 * time.Second

// MaybeCaddy becomes Caddy, and does not return, in a process that Start began.
// A harness calls it before all else.
func MaybeCaddy() {
	if os.Getenv(asCaddy) != "" {
		caddycmd.Main()
		os.Exit(0)
	}
}

// Caddy is a running Caddy. Its directory outlives it, for the next.
type Caddy struct {
	Dir string

	cmd    *exec.Cmd
	exited chan error
	admin  *http.Client
}

// Config is how a Caddy is started.
type Config struct {
	Dir    string   // a path short enough for a Unix socket in it
	Sites  string   // of the Caddyfile
	Global string   // options of the Caddyfile
	Env    []string // besides the harness's own
	Binary string   // the harness itself, if empty
	Wrap   []string // a command that runs Caddy
}

// Start runs Caddy until it serves.
func Start(c Config) (*Caddy, error) {
	binary := c.Binary
	if binary == "" {
		var err error
		if binary, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	p := &Caddy{Dir: c.Dir, exited: make(chan error, 1)}
	p.admin = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", p.socket())
	}}}
	file := filepath.Join(c.Dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(p.Caddyfile(c.Global, c.Sites)), 0o600); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(p.logFile(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	args := append(append([]string{}, c.Wrap...), binary, "run", "--config", file, "--adapter", "caddyfile")
	p.cmd = exec.Command(args[0], args[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Env = append(os.Environ(), append(c.Env, asCaddy+"=1", "HOME="+c.Dir, "XDG_DATA_HOME="+c.Dir, "XDG_CONFIG_HOME="+c.Dir)...)
	const serving = "serving initial configuration"
	served := strings.Count(p.Log(), serving)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.exited <- p.cmd.Wait()
		close(p.exited) // whoever waits again need not
	}()
	for deadline := time.Now().Add(patience); strings.Count(p.Log(), serving) == served; time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-p.exited:
			return nil, fmt.Errorf("caddy exited: %w\n%s", err, p.Log())
		default:
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(fmt.Errorf("caddy does not start:\n%s", p.Log()), p.Kill())
		}
	}
	return p, nil
}

// Caddyfile is the configuration of a Caddy in its directory.
func (p *Caddy) Caddyfile(global, sites string) string {
	return fmt.Sprintf(`{
	admin unix/%s
	persist_config off
	auto_https off
	grace_period 2s
	log {
		output stderr
		format json
		level INFO
		exclude http.log.access admin.api
	}
	%s
}
%s`, p.socket(), global, sites)
}

func (p *Caddy) socket() string { return filepath.Join(p.Dir, "admin.sock") }

func (p *Caddy) logFile() string { return filepath.Join(p.Dir, "caddy.log") }

// Log is all that Caddys in this directory have logged, and the runtime printed.
func (p *Caddy) Log() string {
	b, _ := os.ReadFile(p.logFile())
	return string(b)
}

// PID is the number of the process.
func (p *Caddy) PID() int { return p.cmd.Process.Pid }

// Load gives Caddy a configuration, even if it is the one it has.
func (p *Caddy) Load(global, sites string) error {
	r, err := http.NewRequest(http.MethodPost, "http://caddy/load", strings.NewReader(p.Caddyfile(global, sites)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "text/caddyfile")
	r.Header.Set("Cache-Control", "must-revalidate")
	_, err = p.ask(r)
	return err
}

// Admin returns what Caddy's admin endpoint has at a path.
func (p *Caddy) Admin(path string) (string, error) {
	r, err := http.NewRequest(http.MethodGet, "http://caddy"+path, nil)
	if err != nil {
		return "", err
	}
	return p.ask(r)
}

// Tell sends JSON to a path of the admin endpoint.
func (p *Caddy) Tell(path, body string) error {
	r, err := http.NewRequest(http.MethodPost, "http://caddy"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	_, err = p.ask(r)
	return err
}

func (p *Caddy) ask(r *http.Request) (string, error) {
	resp, err := p.admin.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("admin: %s: %s", resp.Status, b)
	}
	return string(b), err
}

// Metric returns the value of a metric, spelled as the endpoint does, and false
// if there is none.
func (p *Caddy) Metric(name string) (value float64, ok bool) {
	text, err := p.Admin("/metrics")
	if err != nil {
		return 0, false
	}
	return MetricIn(text, name)
}

// MetricIn finds a metric in what the endpoint answered.
func MetricIn(text, name string) (value float64, ok bool) {
	for line := range strings.Lines(text) {
		if rest, found := strings.CutPrefix(line, name+" "); found {
			_, err := fmt.Sscan(rest, &value)
			return value, err == nil
		}
	}
	return 0, false
}

// Kill ends Caddy as a power cut would, as far as a process goes.
func (p *Caddy) Kill() error {
	err := p.cmd.Process.Kill()
	<-p.exited
	return err
}

// Stop ends Caddy as systemd does, and waits.
func (p *Caddy) Stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	select {
	case err := <-p.exited:
		return err
	case <-time.After(patience):
		return errors.Join(errors.New("caddy does not stop"), p.Kill())
	}
}

// FreeAddr is an address of loopback that nobody listens on, and that was not given
// out before.
func FreeAddr() (string, error) {
	free, err := port.Free()
	return fmt.Sprintf("127.0.0.1:%d", free), err
}
