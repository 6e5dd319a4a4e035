package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// variants are the listeners. The first is what the others are compared with.
var variants = []string{"bare", "log", "tag", "block", "crs"}

// firstPort is the first of the variants' ports.
const firstPort = 19170

// requests are one kind of them.
type requests struct {
	name, path string
	body       int // bytes of a form that is posted
}

func cases() []requests {
	return []requests{
		{"static file, 1 KiB", "/file1k.txt", 0}, {"static file, 1 MiB", "/file1m.txt", 0},
		{"reverse_proxy, 1 KiB", "/up/app.php?n=1024", 0}, {"reverse_proxy, 1 MiB", "/up/app.php?n=1048576", 0},
		{"reverse_proxy, POST of 10 KiB", "/up/form.php?n=1024", 10 << 10}, {"PHP-FPM, 1 KiB", "/page.php", 0},
	}
}

// script returns a file that tells wrk what to send, or "".
func (c requests) script(dir string) string {
	if c.body == 0 {
		return ""
	}
	name := filepath.Join(dir, "post.lua")
	line := "name=Ann+Example&text=" + strings.Repeat("hello+there+", c.body/12)
	text := fmt.Sprintf("wrk.method = \"POST\"\nwrk.body = %q\nwrk.headers[\"Content-Type\"] = \"application/x-www-form-urlencoded\"\nwrk.headers[\"Referer\"] = \"http://127.0.0.1/up/form.php\"\nwrk.headers[\"User-Agent\"] = \"Mozilla/5.0\"\n", line)
	if os.WriteFile(name, []byte(text), 0o600) != nil {
		return "" // wrk then fails to post, and says so
	}
	return name
}

// server is Caddy, PHP-FPM and an upstream.
type server struct {
	caddy, php *exec.Cmd
	upstream   net.Listener
}

func (s *server) url(variant, path string) string {
	for i, v := range variants {
		if v == variant {
			return fmt.Sprintf("http://127.0.0.1:%d%s", firstPort+i, path)
		}
	}
	return ""
}

// serve starts all, and waits until the guards enforce.
func serve(dir string) (s *server, err error) {
	s = new(server)
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
	root := filepath.Join(dir, "root")
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(root, 0o755), write(root, "file1k.txt", strings.Repeat("x", 1<<10)), write(root, "file1m.txt", strings.Repeat("x", 1<<20)),
		write(root, "page.php", `<?php echo str_repeat("x", 1024);`)); err != nil {
		return s, err
	}
	if s.upstream, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return s, err
	}
	page := []byte(strings.Repeat("<p>some page, and more of it</p>\n", 1<<15))
	go func() {
		_ = http.Serve(s.upstream, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n := 0
			_, _ = fmt.Sscan(r.URL.Query().Get("n"), &n)
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write(page[:min(n, len(page))])
		}))
	}()
	if err := s.startPHP(dir); err != nil {
		return s, err
	}
	return s, s.startCaddy(dir, root)
}

func write(dir, name, content string) error {
	return os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644)
}

func (s *server) startPHP(dir string) error {
	found, _ := filepath.Glob("/usr/sbin/php-fpm*")
	if len(found) == 0 {
		return errors.New("there is no php-fpm")
	}
	config := fmt.Sprintf("[global]\nerror_log = %[1]s/php.log\ndaemonize = no\n[www]\nlisten = %[1]s/php.sock\nlisten.mode = 0666\npm = static\npm.max_children = 4\nuser = www-data\ngroup = www-data\n", dir)
	if err := write(dir, "fpm.conf", config); err != nil {
		return err
	}
	s.php = exec.Command(found[0], "-F", "-R", "-y", filepath.Join(dir, "fpm.conf"))
	return s.php.Start()
}

func (s *server) startCaddy(dir, root string) error {
	var sites strings.Builder
	for i, v := range variants {
		guard := map[string]string{"bare": "", "crs": "crs"}[v]
		if v == "log" || v == "tag" || v == "block" {
			guard = fmt.Sprintf("webshell_guard %s {\n\t\tsite %[1]s\n\t\tlearn 3s 0\n\t}", v)
		}
		fmt.Fprintf(&sites, "http://:%d {\n\troot * %s\n\t%s\n\thandle /up/* {\n\t\treverse_proxy %s\n\t}\n\thandle {\n\t\tphp_fastcgi unix/%s/php.sock\n\t\tfile_server\n\t}\n}\n",
			firstPort+i, root, guard, s.upstream.Addr(), dir)
	}
	config := fmt.Sprintf("{\n\tadmin unix/%[1]s/admin.sock\n\tpersist_config off\n\tauto_https off\n\tstorage file_system %[1]s/storage\n\tlog {\n\t\toutput file %[1]s/caddy.log\n\t}\n}\n%s", dir, sites.String())
	if err := write(dir, "Caddyfile", config); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s.caddy = exec.Command(self, "run", "--config", filepath.Join(dir, "Caddyfile"), "--adapter", "caddyfile")
	s.caddy.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	if err := s.caddy.Start(); err != nil {
		return err
	}
	return s.teach(dir)
}

// teach asks for everything while the guards learn, until they enforce.
func (s *server) teach(dir string) error {
	for range 120 {
		for _, v := range variants {
			for _, c := range cases() {
				method := http.MethodGet
				if c.body > 0 {
					method = http.MethodPost
				}
				r, err := http.NewRequest(method, s.url(v, c.path), strings.NewReader(strings.Repeat("name=Ann&text=a", min(c.body, 1))))
				if err != nil {
					return err
				}
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("Referer", "http://127.0.0.1/up/form.php")
				if resp, err := http.DefaultClient.Do(r); err == nil {
					resp.Body.Close()
				}
			}
		}
		log, err := os.ReadFile(filepath.Join(dir, "caddy.log"))
		if err == nil && strings.Count(string(log), "learning has ended") == 3 {
			return nil
		}
		time.Sleep(250 * time.Millisecond)
	}
	return errors.New("the guards do not end learning")
}

// stop ends what was started.
func (s *server) stop() {
	for _, c := range []*exec.Cmd{s.caddy, s.php} {
		if c != nil && c.Process != nil {
			_ = c.Process.Signal(os.Interrupt)
			_ = c.Wait()
		}
	}
	if s.upstream != nil {
		_ = s.upstream.Close()
	}
}
