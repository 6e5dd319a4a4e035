package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// site is the site under load, with the guard and without.
type site struct {
	dir           string
	guarded, bare string // addresses
	upstream      *httptest.Server
}

// newSite makes the site's files, and its scripts.
func newSite(dir string) (*site, error) {
	s := &site{dir: dir, upstream: httptest.NewServer(http.HandlerFunc(scripts))}
	if err := os.MkdirAll(filepath.Join(dir, "www", "static"), 0o700); err != nil {
		return nil, err
	}
	for name, size := range map[string]int{"style.css": 4_000, "picture.png": 60_000} {
		if err := os.WriteFile(filepath.Join(dir, "www", "static", name), bytes.Repeat([]byte("0123456789"), size/10), 0o600); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// scripts is the application behind Caddy. What is dropped among its uploads is a
// shell.
func scripts(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	page := func() {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!DOCTYPE html><title>%s</title><p>%s with %d bytes</p>", r.URL.Path, r.Method, len(body))
	}
	switch r.URL.Path {
	case "/index.php", "/about.php", "/contact.php", "/upload.php":
		page()
	case "/events.php":
		w.Header().Set("Content-Type", "text/event-stream")
		for n := range 4 {
			fmt.Fprintf(w, "data: event %d\n\n", n)
			_ = http.NewResponseController(w).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	case "/uploads/shell.php", "/include/backdoor.php":
		fmt.Fprintf(w, "uid=33(www-data) %d", len(body))
	default:
		if strings.HasPrefix(r.URL.Path, "/there/") { // a flood of names that are there
			page()
			return
		}
		http.NotFound(w, r)
	}
}

// caddyfile is the sites' part, in a mode. What the site learns under is the same in
// all. Caddy keeps the idle connections of a configuration that is gone for as long
// as keepalive says, two minutes otherwise: with a reload every few seconds that alone
// would grow.
func (s *site) caddyfile(mode string, broken bool) string {
	handlers := fmt.Sprintf(`
	root %s/www
	handle /static/* {
		file_server
	}
	handle {
		reverse_proxy %s {
			transport http {
				keepalive 3s
			}
		}
	}
`, s.dir, strings.TrimPrefix(s.upstream.URL, "http://"))
	guard := fmt.Sprintf("\twebshell_guard %s {\n\t\tsite soaked\n\t\troot off\n\t\tlearn 3s 0\n\t\tmax_scripts 5000\n\t}\n", mode)
	if broken {
		guard += "\twebshell_guard log {\n\t\tsite soaked\n\t\tlearn 4s 0\n\t\tmax_scripts 7\n\t}\n"
	}
	port := func(addr string) string { return addr[strings.LastIndexByte(addr, ':'):] }
	return fmt.Sprintf("http://%s {\n\troute {\n%s%s\t}\n}\nhttp://%s {\n\troute {\n%s\t}\n}\n", port(s.guarded), guard, handlers, port(s.bare), handlers)
}

func (s *site) global() string {
	return "storage file_system " + s.dir + "/storage\n\tservers {\n\t\ttrusted_proxies static 127.0.0.0/8\n\t\ttrusted_proxies_strict\n\t}"
}

// ask is a request that a visitor may send.
type ask struct {
	method, path, contentType string
	body                      []byte
	status                    int // of the answer; 200 if 0
}

// benign is what honest visitors do.
func benign() []ask {
	const form = "application/x-www-form-urlencoded"
	var upload bytes.Buffer
	parts := multipart.NewWriter(&upload)
	if err := parts.SetBoundary("----soak"); err != nil {
		panic(err)
	}
	if file, err := parts.CreateFormFile("file", "holiday.jpg"); err == nil {
		_, _ = file.Write(bytes.Repeat([]byte("\xff\xd8\xff\xe0JFIF"), 15_000))
	}
	_ = parts.Close()
	return []ask{
		{method: http.MethodGet, path: "/static/style.css"},
		{method: http.MethodGet, path: "/static/picture.png"},
		{method: http.MethodHead, path: "/static/picture.png"},
		{method: http.MethodGet, path: "/static/missing.png", status: http.StatusNotFound},
		{method: http.MethodGet, path: "/index.php"},
		{method: http.MethodGet, path: "/about.php?page=2"},
		{method: http.MethodHead, path: "/about.php"},
		{method: http.MethodGet, path: "/missing.php", status: http.StatusNotFound},
		{method: http.MethodPost, path: "/contact.php", contentType: form, body: []byte("name=Ada&message=hello")},
		{method: http.MethodPost, path: "/upload.php", contentType: parts.FormDataContentType(), body: upload.Bytes()},
		{method: http.MethodGet, path: "/events.php"},
	}
}
