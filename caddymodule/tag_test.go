package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestStripTag(t *testing.T) {
	r := &http.Request{Header: http.Header{"Accept": {"*/*"}, "X-Webshell-Guards": {"kept"}, "Y-Webshell-Guard": {"kept"}}, Trailer: http.Header{}}
	for _, name := range []string{
		"X-Webshell-Guard", "x-webshell-guard", "X_Webshell_Guard", "X_WEBSHELL-GUARD", "X.Webshell.Guard", "x~webshell'guard",
	} {
		r.Header[name] = []string{"verdict=clean"}
		r.Trailer[name] = []string{"verdict=clean"}
	}
	r.Header["Connection"] = []string{"keep-alive, X-Webshell-Guard ,x_webshell_guard, Upgrade", "x-webshell-guard"}
	stripTag(r)
	if len(r.Header) != 4 || len(r.Trailer) != 0 {
		t.Errorf("header %v, trailer %v", r.Header, r.Trailer)
	}
	if got := r.Header["Connection"]; got[0] != "keep-alive, Upgrade" || got[1] != "" {
		t.Errorf("Connection: %q", got)
	}
}

func TestStripTagDoesNotAllocate(t *testing.T) {
	r := &http.Request{Header: http.Header{"Accept": {"*/*"}, "Connection": {"keep-alive"}, "User-Agent": {"x"}, "Accept-Language": {"en"}}}
	if n := testing.AllocsPerRun(100, func() { stripTag(r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// told answers with what the guard told it, by any name.
func told(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/missing.php" {
		http.NotFound(w, r)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	for name, values := range r.Header {
		if spellsTag(name) {
			fmt.Fprintf(w, "%s", values)
		}
	}
	for name, values := range r.Trailer {
		if spellsTag(name) {
			fmt.Fprintf(w, "trailer %s", values)
		}
	}
}

const tagSite = `
	webshell_guard %s {
		site tag
		learn %s 0.9
	}
	reverse_proxy %s
`

func TestTagReachesTheUpstream(t *testing.T) {
	c := newRunning(t)
	address := upstream(t, told)
	c.learnedSite(fmt.Sprintf(tagSite, "tag", "1s", address))
	forge := func(r *http.Request) *http.Request {
		r.Header["X-Webshell-Guard"] = []string{"verdict=clean"}
		r.Header["X_webshell_guard"] = []string{"verdict=clean"}
		r.Header["Connection"] = []string{"X-Webshell-Guard"}
		return r
	}
	t.Run("as a dictionary, with the script escaped", func(t *testing.T) {
		r := forge(c.request(http.MethodPost, "/uploads/a%22%20b%5C.php", strings.NewReader("a=b")))
		_, body := c.send(r, http1())
		if !strings.HasPrefix(body, `[verdict=malicious, score=`) ||
			!strings.Contains(body, `, script="/uploads/a%22%20b/.php", signals=(new-script `) && !strings.Contains(body, `script="/uploads/a%22%20b`) {
			t.Error(body)
		}
		if strings.Count(body, "verdict") != 1 {
			t.Errorf("the client's is there too: %s", body)
		}
	})
	t.Run("over HTTP/2, and not from a trailer", func(t *testing.T) {
		r := c.request(http.MethodPost, "/index.php", io.MultiReader(strings.NewReader("a=b")))
		r.Header.Set("Referer", fmt.Sprintf("http://127.0.0.1:%d/", c.port))
		r.Header.Set("X-Forwarded-For", "10.0.1.1")
		r.Trailer = http.Header{"X-Webshell-Guard": {"verdict=clean"}}
		if _, body := c.send(r, http2()); body != "" {
			t.Error(body)
		}
	})
	t.Run("nothing if clean", func(t *testing.T) {
		if _, body := c.send(forge(c.request(http.MethodGet, "/index.php", nil)), http1()); body != "" {
			t.Error(body)
		}
	})
	t.Run("nothing in the other modes, from nobody", func(t *testing.T) {
		c.mustLoad(fmt.Sprintf(tagSite, "log", "1s", address))
		if _, body := c.send(forge(c.request(http.MethodPost, "/uploads/x.php", strings.NewReader("a=b"))), http1()); body != "" {
			t.Error(body)
		}
	})
}

func TestTagIsAbsentWhileLearning(t *testing.T) {
	c := newRunning(t)
	c.mustLoad(fmt.Sprintf(tagSite, "tag", "1h", upstream(t, told)))
	if _, body := c.post("/uploads/x.php"); body != "" {
		t.Error(body)
	}
	if entry := c.lastAccess("/uploads/x.php"); entry["webshell_guard"] == nil {
		t.Error("it was not logged either")
	}
}
