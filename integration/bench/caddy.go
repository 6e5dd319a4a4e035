package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

func build(binary string) error {
	cmd := exec.Command("go", "build", "-o", binary, "./examples/caddy")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// moved puts the example's ports 8080 to 9080 where nothing else is likely to
// listen.
func moved(caddyfile, prefix string) string {
	return regexp.MustCompile(`:[89](08[0-2])\b`).ReplaceAllStringFunc(caddyfile, func(port string) string {
		if port == ":9080" {
			return ":" + prefix + "089"
		}
		return ":" + prefix + port[2:]
	})
}

// without removes the directive.
func without(caddyfile string) (string, error) {
	bare := regexp.MustCompile(`(?ms)^\twebshell_guard .*?^\t}\n`).ReplaceAllString(caddyfile, "")
	if strings.Contains(bare, "\twebshell_guard ") || bare == caddyfile {
		return "", errors.New("the example's guards were not all found: nothing would be compared")
	}
	return bare, nil
}

// server is a running Caddy.
type server struct {
	cmd *exec.Cmd
	log lockedBuffer
}

// start runs Caddy in a directory of its own until it says that it serves.
func start(binary, dir, caddyfile string) (*server, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(caddyfile), 0o600); err != nil {
		return nil, err
	}
	s := &server{cmd: exec.Command(binary, "run", "--config", file, "--adapter", "caddyfile")}
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = dir, &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	return s, nil
}

// waitFor waits until the log has the text n times.
func (s *server) waitFor(text string, n int) error {
	for range 600 {
		if strings.Count(s.log.String(), text) >= n {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("caddy did not say %q:\n%s", text, s.log.String())
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

// lockedBuffer is what a process prints, readable while it runs.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
