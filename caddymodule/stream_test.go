package caddymodule

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// newPager is an upstream that answers as the request's path and query say,
// with a channel that lets its event streams go on.
func newPager(t *testing.T) (*httptest.Server, chan struct{}) {
	more := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.RawQuery {
		case "events":
			w.Header().Set("Content-Type", "text/event-stream")
			for n := range 5 {
				fmt.Fprintf(w, "data: %d\n\n", n)
				w.(http.Flusher).Flush()
				select {
				case <-more:
				case <-r.Context().Done():
					return
				}
			}
		case "nothing":
			w.WriteHeader(http.StatusNoContent)
		case "unchanged":
			w.Header().Set("Etag", `"1"`)
			w.WriteHeader(http.StatusNotModified)
		case "trailers":
			w.Header().Set("Trailer", "X-Announced")
			io.WriteString(w, "page of the site")
			w.(http.Flusher).Flush()
			w.Header().Set("X-Announced", "1")
			w.Header().Set(http.TrailerPrefix+"X-Unannounced", "2")
		default:
			w.Header().Set("Content-Length", "16")
			io.WriteString(w, "page of the site")
		}
	}))
	t.Cleanup(s.Close)
	return s, more
}

// guards are directives of guards that let everything pass that is asked here.
var guards = map[string]string{
	"log":  "webshell_guard log {\nsite shop\n}",
	"tag":  "webshell_guard tag {\nsite shop\n}",
	"held": "webshell_guard block {\nsite shop\n}",
}

func TestEventStream(t *testing.T) {
	upstream, more := newPager(t)
	dir := t.TempDir()
	seed(t, dir+"/storage", "shop")
	for mode, guard := range guards {
		c := startIn(t, dir, "encode gzip\n"+guard+"\nreverse_proxy "+upstream.URL)
		for protocol, choose := range protocols {
			for _, path := range []string{"/about.php", "/new.php", "/events"} {
				t.Run(fmt.Sprintf("of %s arrives event by event over %s in mode %s", path, protocol, mode), func(t *testing.T) {
					resp, err := c.client(visitor, choose).Get("http://" + c.addr + path + "?events")
					if err != nil {
						t.Fatal(err)
					}
					defer resp.Body.Close()
					for n, r := 0, bufio.NewReader(resp.Body); n < 5; n++ {
						// The next event is not even made before this one is here.
						line, err := r.ReadString('\n')
						if err != nil || line != fmt.Sprintf("data: %d\n", n) {
							t.Fatalf("%q %v", line, err)
						}
						r.ReadString('\n')
						more <- struct{}{}
					}
				})
			}
		}
		c.stop()
	}
}

func TestAnswerPassesUnchanged(t *testing.T) {
	upstream, _ := newPager(t)
	dir := t.TempDir()
	seed(t, dir+"/storage", "shop")
	for mode, guard := range guards {
		c := startIn(t, dir, guard+"\nreverse_proxy "+upstream.URL)
		for protocol, choose := range protocols {
			client := c.client(visitor, choose)
			run := func(name string, check func(t *testing.T)) { t.Run(name+" over "+protocol+" in mode "+mode, check) }
			run("HEAD has no body and the length", func(t *testing.T) {
				resp, body := c.in(t).do(client, "HEAD", "/about.php")
				if resp.StatusCode != 200 || body != "" || resp.ContentLength != 16 {
					t.Errorf("%d %q, length %d", resp.StatusCode, body, resp.ContentLength)
				}
			})
			run("204 has no body", func(t *testing.T) {
				resp, body := c.in(t).do(client, "GET", "/about.php?nothing")
				if resp.StatusCode != 204 || body != "" || resp.Header.Get("Content-Length") != "" {
					t.Errorf("%d %q %v", resp.StatusCode, body, resp.Header)
				}
			})
			run("304 has no body", func(t *testing.T) {
				resp, body := c.in(t).do(client, "GET", "/about.php?unchanged", "If-None-Match", `"1"`)
				if resp.StatusCode != 304 || body != "" || resp.Header.Get("Etag") != `"1"` {
					t.Errorf("%d %q %v", resp.StatusCode, body, resp.Header)
				}
			})
			run("trailers arrive", func(t *testing.T) {
				resp, body := c.in(t).do(client, "GET", "/about.php?trailers")
				if body != "page of the site" || resp.Trailer.Get("X-Announced") != "1" || resp.Trailer.Get("X-Unannounced") != "2" {
					t.Errorf("%q, trailers %v", body, resp.Trailer)
				}
			})
			run("a form arrives and is answered", func(t *testing.T) {
				resp, body := c.in(t).do(client, "POST", "/index.php")
				if resp.StatusCode != 200 || body != "page of the site" {
					t.Errorf("%d %q", resp.StatusCode, body)
				}
			})
		}
		c.sound()
		c.stop()
	}
}

func TestErrorPageOfFileServerIsUntouched(t *testing.T) {
	const pages = `
		root * %q
		%s
		file_server
		handle_errors {
			respond "{err.status_code} {err.message}"
		}
	`
	root, dir := t.TempDir(), t.TempDir()
	seed(t, dir+"/storage", "shop")
	answers := func(guard string) (all []string) {
		c := startIn(t, dir, fmt.Sprintf(pages, root, guard))
		defer c.stop()
		for _, path := range []string{"/", "/missing", "/missing.php", "/uploads/missing.php", "/index.php"} {
			for _, method := range []string{"GET", "HEAD", "POST"} {
				resp, body := c.ask(visitor, method, path)
				all = append(all, fmt.Sprintf("%s %s: %d %q", method, path, resp.StatusCode, body))
			}
		}
		return all
	}
	want := answers("")
	for mode, guard := range guards {
		if got := answers(guard); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("in mode %s\n%s\nwithout a guard\n%s", mode, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
