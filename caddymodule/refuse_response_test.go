package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// refusing are the directives of a site that refuses every new script's answer
// and renders the refusal.
const refusing = `
	header X-Site kept
	encode gzip
	webshell_guard block {
		site shop
		learn 1s 0
		threshold 10 10
	}
	reverse_proxy %s
	handle_errors {
		header X-Page refusal
		respond "{err.status_code}: {http.webshell_guard.script} is {http.webshell_guard.verdict}"
	}
`

// shell is an upstream with two learned pages, and what is dropped into it.
type shell struct {
	*httptest.Server
	pages    map[string]http.HandlerFunc
	released atomic.Int64 // pages that returned
}

func newShell(t *testing.T) *shell {
	s := &shell{pages: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := s.pages[r.URL.Path]
		if !ok {
			io.WriteString(w, "page of the site")
			return
		}
		defer s.released.Add(1)
		w.Header().Set("Set-Cookie", "shell=1")
		w.Header().Set("X-Shell", "1")
		w.Header().Set("X-Site", "owned")
		w.Header().Set("Etag", `"shell"`)
		page(w, r)
	}))
	t.Cleanup(s.Server.Close)
	s.pages["/plain.php"] = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "uid=0(root)") }
	s.pages["/uploads/plain.php"] = s.pages["/plain.php"]
	s.pages["/empty.php"] = func(http.ResponseWriter, *http.Request) {}
	s.pages["/nothing.php"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
	s.pages["/announced.php"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Shell-Trailer")
		io.WriteString(w, "uid=0(root)")
		w.(http.Flusher).Flush()
		w.Header().Set("X-Shell-Trailer", "1")
	}
	s.pages["/unannounced.php"] = func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "uid=0(root)")
		w.(http.Flusher).Flush()
		w.Header().Set(http.TrailerPrefix+"X-Shell-Trailer", "1")
	}
	s.pages["/events.php"] = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for r.Context().Err() == nil {
			fmt.Fprint(w, "data: uid=0(root)\n\n")
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	}
	s.pages["/hints.php"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</shell.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusProcessing)
		io.WriteString(w, "uid=0(root)")
	}
	large := func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 1<<20)
		for range 64 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
	s.pages["/large.php"] = large
	s.pages["/sized.php"] = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(64<<20))
		large(w, r)
	}
	s.pages["/compressed.php"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "not really")
	}
	return s
}

// refused checks an answer and its body for what the guard promises of refusals.
func refused(t *testing.T, resp *http.Response, body, page string) {
	t.Helper()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("status %d", resp.StatusCode)
	}
	if body != page {
		t.Errorf("page %.200q, want %q", body, page)
	}
	if resp.Header.Get("X-Page") != "refusal" || resp.Header.Get("X-Site") != "kept" {
		t.Errorf("the site's own headers are not there: %v", resp.Header)
	}
	for _, name := range []string{"Set-Cookie", "X-Shell", "Etag", "Trailer", "Link", "Upgrade", "Content-Encoding"} {
		if v, ok := resp.Header[name]; ok {
			t.Errorf("the shell's %s: %s came through", name, v)
		}
	}
	if len(resp.Trailer) > 0 {
		t.Errorf("trailers %v", resp.Trailer)
	}
}

// sound reports what Caddy's log says of panics.
func (c *instance) sound() {
	c.t.Helper()
	for line := range strings.Lines(c.log()) {
		if strings.Contains(line, "panic") || strings.Contains(line, "superfluous") || strings.Contains(line, `"http.stdlib"`) {
			c.t.Error(line)
		}
	}
}

func TestRefusedResponse(t *testing.T) {
	upstream := newShell(t)
	dir := t.TempDir()
	seed(t, dir+"/storage", "shop")
	c := startIn(t, dir, fmt.Sprintf(refusing, upstream.URL))
	answers := map[string]string{
		"a plain answer":                       "/plain.php",
		"an answer from among uploads":         "/uploads/plain.php",
		"an empty answer":                      "/empty.php",
		"an answer without content":            "/nothing.php",
		"an answer with announced trailers":    "/announced.php",
		"an answer with unannounced trailers":  "/unannounced.php",
		"an event stream with flushes":         "/events.php",
		"an answer after 103 and 102":          "/hints.php",
		"an answer of 64 MiB":                  "/large.php",
		"an answer of 64 MiB that says so":     "/sized.php",
		"an answer that is compressed already": "/compressed.php",
	}
	for protocol, choose := range protocols {
		client := c.client(visitor, choose)
		c.do(client, "GET", "/index.php")
		for name, path := range answers {
			t.Run(name+" over "+protocol+" gives a clean page", func(t *testing.T) {
				page := "403: " + path + " is malicious"
				released := upstream.released.Load()
				r, err := http.NewRequest("GET", "http://"+c.addr+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Accept-Encoding", "gzip") // to have encode at work
				reused := false
				r = r.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
					GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused },
					Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
						t.Errorf("%d came through: %v", code, h)
						return nil
					},
				}))
				resp, err := client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Error(err)
				}
				refused(t, resp, string(body), page)
				if !reused {
					t.Error("the request before this one left a connection of no use")
				}
				c.in(t).eventually("the script behind still runs", func() bool { return upstream.released.Load() > released })
			})
		}
		if resp, body := c.do(client, "GET", "/index.php"); resp.StatusCode != 200 || body != "page of the site" {
			t.Errorf("the site itself: %d %q", resp.StatusCode, body)
		}
	}
	t.Run("to HEAD it has the status and no body", func(t *testing.T) {
		resp, body := c.in(t).ask(visitor, "HEAD", "/plain.php")
		refused(t, resp, body, "")
	})
	c.sound()
}
