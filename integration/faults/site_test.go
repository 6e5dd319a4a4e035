package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/process"
)

// twins are one site twice in one Caddy, with the guard and without.
type twins struct {
	t             *testing.T
	dir           string
	caddy         *process.Caddy
	guarded, bare string // addresses
	upstream      *httptest.Server
}

// startTwins runs them in front of an upstream that answers scripts. The guard has
// learned nothing and learns.
func startTwins(t *testing.T, how process.Config) *twins {
	t.Helper()
	s := &twins{t: t, dir: shortDir(t)}
	if err := os.WriteFile(s.dir+"/file.txt", []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.upstream = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		switch {
		case strings.HasPrefix(r.URL.Path, "/missing"):
			http.NotFound(w, r)
		case strings.HasPrefix(r.URL.Path, "/abort"):
			panic(http.ErrAbortHandler)
		default:
			w.Header().Set("X-Script", r.URL.Path)
			fmt.Fprintf(w, "<p>%s got %d bytes", r.Method, len(b))
		}
	}))
	t.Cleanup(s.upstream.Close)
	var err error
	for _, addr := range []*string{&s.guarded, &s.bare} {
		if *addr, err = process.FreeAddr(); err != nil {
			t.Fatal(err)
		}
	}
	how.Dir, how.Global, how.Sites = s.dir, s.global(), s.sites()
	if s.caddy, err = process.Start(how); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

// stop stops Caddy and looks whether it was sound.
func (s *twins) stop() {
	s.t.Helper()
	if s.caddy == nil {
		return
	}
	if err := s.caddy.Stop(); err != nil {
		s.t.Error(err)
	}
	log := s.caddy.Log()
	if strings.Contains(log, "DATA RACE") || strings.Contains(log, "the guard failed") {
		s.t.Error("caddy is not sound")
	}
	if s.t.Failed() {
		s.t.Logf("caddy's log:\n%s", log)
	}
	s.caddy = nil
}

func (s *twins) storage() string { return s.dir + "/storage" }

func (s *twins) global() string { return "storage faulty " + s.storage() }

// sites is both sites' part of the Caddyfile.
func (s *twins) sites() string {
	const handlers = `
	@panics path /panic*
	faulty_panic @panics
	handle /static/* {
		respond "static"
	}
	handle /file.txt {
		root %s
		file_server
	}
	reverse_proxy %s`
	site := fmt.Sprintf(handlers, s.dir, strings.TrimPrefix(s.upstream.URL, "http://"))
	return fmt.Sprintf("http://%s {\n\troute {\n\twebshell_guard block {\n\t\tsite twins\n\t}\n%s\n\t}\n}\nhttp://%s {\n\troute {\n%s\n\t}\n}\n", s.guarded, site, s.bare, site)
}

// question is a request that both are asked.
type question struct{ method, path, body string }

var questions = []question{
	{"GET", "/static/a.png", ""}, {"GET", "/index.php", ""}, {"POST", "/contact.php", "name=value"}, {"HEAD", "/index.php", ""},
	{"GET", "/missing.php", ""}, {"GET", "/file.txt", ""}, {"GET", "/a/b?c=d", ""}, {"POST", "/upload.php", strings.Repeat("x", 100_000)},
}

// client is one that waits long, and keeps a connection of its own.
func client() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxConnsPerHost: 1, DisableCompression: true}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// outcome is what a client sees of an answer.
func (q question) outcome(c *http.Client, addr string) string {
	r, err := http.NewRequest(q.method, "http://"+addr+q.path, bytes.NewBufferString(q.body))
	if err != nil {
		return err.Error()
	}
	resp, err := c.Do(r)
	if err != nil {
		return strings.ReplaceAll("error "+err.Error(), addr, "site")
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	var header []string
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		header = append(header, fmt.Sprint(name, resp.Header[name]))
	}
	return fmt.Sprintf("%s %v %q %v", resp.Proto, resp.Status, b, err) + strings.Join(header, "; ")
}

// again asks again while the connection is lost. That happens with the guard and
// without: Caddy drops what it has accepted in the moment of a reload.
func (q question) again(c *http.Client, addr string) (outcome string) {
	for range 10 {
		if outcome = q.outcome(c, addr); !strings.HasPrefix(outcome, "error ") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return outcome
}

// alike asks both the questions, and returns the outcomes.
func (s *twins) alike(when string, questions ...question) (outcomes []string) {
	s.t.Helper()
	return s.compare(when, question.outcome, questions)
}

// alikeWhileReloading is alike for when Caddy may reload.
func (s *twins) alikeWhileReloading(when string, questions ...question) {
	s.t.Helper()
	s.compare(when, question.again, questions)
}

func (s *twins) compare(when string, ask func(question, *http.Client, string) string, questions []question) (outcomes []string) {
	s.t.Helper()
	guarded, bare := client(), client()
	defer guarded.CloseIdleConnections()
	defer bare.CloseIdleConnections()
	for _, q := range questions {
		got, want := ask(q, guarded, s.guarded), ask(q, bare, s.bare)
		if got != want {
			s.t.Errorf("%s, %s %s: guarded\n%s\nbare\n%s", when, q.method, q.path, got, want)
		}
		outcomes = append(outcomes, got)
	}
	return outcomes
}
