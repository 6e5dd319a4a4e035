package lab

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Operate runs `caddy webshell-guard` against the running Caddy, as an operator does, and
// returns what it prints.
func (c *Caddy) Operate(args ...string) (string, error) {
	c.t.Helper()
	args = append([]string{"webshell-guard"}, args...)
	args = append(args, "--address", "unix/"+filepath.Join(c.Dir, "admin.sock"))
	out, err := exec.Command(Binary(c.t), args...).CombinedOutput()
	return string(out), err
}

// Must runs `caddy webshell-guard` with the arguments, which has to succeed and to say
// what is wanted.
func (c *Caddy) Must(want string, args ...string) string {
	c.t.Helper()
	out, err := c.Operate(args...)
	if err != nil || !strings.Contains(out, want) {
		c.t.Fatalf("%v: %v\n%s\nwant %q", args, err, out, want)
	}
	return out
}

// MustFail runs `caddy webshell-guard` with the arguments, which has to fail and to say
// what is wanted.
func (c *Caddy) MustFail(want string, args ...string) {
	c.t.Helper()
	if out, err := c.Operate(args...); err == nil || !strings.Contains(out, want) {
		c.t.Fatalf("%v: %v\n%s\nwant a failure and %q", args, err, out, want)
	}
}

// Admin asks the admin endpoint as a deployment does, without the CLI.
func (c *Caddy) Admin(method, path, body string) (string, error) {
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(c.Dir, "admin.sock"))
	}}
	r, err := http.NewRequest(method, "http://caddy"+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "text/caddyfile")
	r.Header.Set("Cache-Control", "must-revalidate") // load it even if it is what runs
	resp, err := (&http.Client{Transport: transport, Timeout: 20 * time.Second}).Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, b)
	}
	return string(b), err
}
