package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// reading are the directives of a site that knows the document root, before an upstream.
const reading = `
	root * %s
	webshell_guard block {
		site shop
	}
	reverse_proxy %s {
		flush_interval %s
	}
	handle_errors {
		respond "{err.status_code}: {http.webshell_guard.script} is {http.webshell_guard.verdict}"
	}
`

// answersOf are how scripts answer that were dropped into a site, with what a client gets.
var answersOf = map[string]struct {
	write func(w http.ResponseWriter)
	want  string // "" for a refusal
}{
	"words":                     {func(w http.ResponseWriter) { io.WriteString(w, "uid=33(www-data)") }, ""},
	"many words":                {func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat("total 42 drwxr-xr-x ", 5000)) }, ""},
	"words in many pieces":      {pieces("u", "i", "d", "=", "33"), ""},
	"words after blank lines":   {pieces("\n", "\n\n", "uid=33"), ""},
	"words with trailers":       {trailers, ""},
	"a page":                    {func(w http.ResponseWriter) { io.WriteString(w, "<!doctype html><p>hello") }, "<!doctype html><p>hello"},
	"a page after blank lines":  {pieces("\n", " \n", "<p>hel", "lo"), "\n \n<p>hello"},
	"a long page":               {func(w http.ResponseWriter) { io.WriteString(w, "<p>"+strings.Repeat("x", 1<<20)) }, "<p>" + strings.Repeat("x", 1<<20)},
	"nothing":                   {func(http.ResponseWriter) {}, "\x00"},
	"blank lines and no more":   {pieces("\n", "\n"), "\n\n"},
	"a page that says its size": {func(w http.ResponseWriter) { w.Header().Set("Content-Length", "8"); io.WriteString(w, "<p>hello") }, "<p>hello"},
	"words that are no page": {func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"a":1}`)
	}, `{"a":1}`},
}

func pieces(list ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.(http.Flusher).Flush()
		for _, piece := range list {
			io.WriteString(w, piece)
			w.(http.Flusher).Flush()
		}
	}
}

func trailers(w http.ResponseWriter) {
	w.Header().Set("Trailer", "X-After")
	io.WriteString(w, "uid=33")
	w.(http.Flusher).Flush()
	w.Header().Set("X-After", "1")
}

func TestAnswerOfANewFileWaitsForItsBeginning(t *testing.T) {
	var now func(http.ResponseWriter)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("X-Shell", "1")
		now(w)
	}))
	t.Cleanup(upstream.Close)
	for _, interval := range []string{"0", "-1"} {
		dir, root := t.TempDir(), t.TempDir()
		seed(t, dir+"/storage", "shop")
		c := startIn(t, dir, fmt.Sprintf(reading, root, upstream.URL, interval))
		n := 0
		for name, tt := range answersOf {
			t.Run(name+", flushed "+interval, func(t *testing.T) {
				n++
				path := fmt.Sprintf("/lib/x%d.php", n)
				write(t, root, path)
				now = tt.write
				for _, protocol := range protocols {
					resp, body := c.in(t).do(c.in(t).client(stranger, protocol), "GET", path+"?c=id")
					if tt.want == "" {
						if resp.StatusCode != http.StatusForbidden || body != "403: "+path+" is malicious" || resp.Header.Get("X-Shell") != "" {
							t.Errorf("%d %.80q %v", resp.StatusCode, body, resp.Header)
						}
					} else if want := strings.Trim(tt.want, "\x00"); resp.StatusCode != http.StatusOK || body != want || resp.Header.Get("X-Shell") != "1" {
						t.Errorf("%d %.80q, want %.80q", resp.StatusCode, body, want)
					}
				}
			})
		}
		c.sound()
		c.stop()
	}
}
