package caddymodule

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// weigher is an upstream that reads the body and says what it got, and counts the
// requests.
type weigher struct {
	*httptest.Server
	requests atomic.Int64
}

func newWeigher(t *testing.T) *weigher {
	u := new(weigher)
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.requests.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		fmt.Fprintf(w, "<html>%s, length %d", weight(body), r.ContentLength)
	}))
	t.Cleanup(u.Close)
	return u
}

func weight(body []byte) string { return fmt.Sprintf("%d bytes, %x", len(body), sha256.Sum256(body)) }

// prefetching reports whether a body is being prefetched.
func prefetching() bool {
	var stacks bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&stacks, 2)
	return strings.Contains(stacks.String(), "(*bodyPrefetch).run")
}

// idle waits until nothing is prefetched any more.
func (c *instance) idle() {
	c.t.Helper()
	c.eventually("a body is still being prefetched", func() bool { return !prefetching() })
}

// send sends a form, chunked if its length is not to be told.
func (c *instance) send(client *http.Client, path string, body []byte, chunked bool) (status int, answer string) {
	c.t.Helper()
	var from io.Reader = bytes.NewReader(body)
	if chunked {
		from = struct{ io.Reader }{from}
	}
	r, err := http.NewRequest("POST", "http://"+c.addr+path, from)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestPrefetchThroughCaddy(t *testing.T) {
	upstream, dir := newWeigher(t), t.TempDir()
	seed(t, dir+"/storage", "shop")
	c := startIn(t, dir, guards["held"]+"\nreverse_proxy "+upstream.URL)
	for protocol, choose := range protocols {
		client := c.client(stranger, choose)
		for _, chunked := range []bool{false, true} {
			for _, size := range []int{0, 1, 8<<10 - 1, 8 << 10, 8<<10 + 1, 1 << 20} {
				body, length := bytes.Repeat([]byte("a=b&"), size/4+1)[:size], size
				if chunked {
					length = -1
				}
				_, got := c.send(client, "/new.php", body, chunked)
				if want := fmt.Sprintf("<html>%s, length %d", weight(body), length); got != want && (size > 0 || !chunked) {
					t.Errorf("over %s %d bytes arrive as %q, not %q", protocol, size, got, want)
				}
			}
			before := upstream.requests.Load()
			status, _ := c.send(client, "/shell.php", []byte("pass="+strings.Repeat("QUJD", 10000)), chunked)
			if status != 403 || upstream.requests.Load() != before {
				t.Errorf("over %s a shell is sent a command: %d, and ran %d times", protocol, status, upstream.requests.Load()-before)
			}
		}
	}
	c.idle()
	c.sound()
}

func TestPrefetchLeavesExpectAlone(t *testing.T) {
	upstream, dir := newWeigher(t), t.TempDir()
	seed(t, dir+"/storage", "shop")
	c := startIn(t, dir, guards["held"]+"\nreverse_proxy "+upstream.URL)
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /new.php HTTP/1.1\r\nHost: %s\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", c.addr)
	r := bufio.NewReader(conn)
	if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != http.StatusContinue {
		t.Fatal(resp, err)
	}
	io.WriteString(conn, "a=b")
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(got), weight([]byte("a=b"))) {
		t.Errorf("arrives as %q, %v", got, err)
	}
	c.sound()
}

func TestPrefetchKeepsTheLimitOfRequestBody(t *testing.T) {
	upstream, dir := newWeigher(t), t.TempDir()
	seed(t, dir+"/storage", "shop")
	for _, limit := range []string{"100B", "8KiB", "100KB"} {
		answers := func(guard string) string {
			all, c := "", startIn(t, dir, "request_body {\nmax_size "+limit+"\n}\n"+guard+"\nreverse_proxy "+upstream.URL)
			defer c.stop()
			for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
				for _, size := range []int{99, 100, 101, 8 << 10, 8<<10 + 1, 100_000, 100_001} {
					for _, chunked := range []bool{false, true} {
						body := bytes.Repeat([]byte("a=b&"), size/4+1)[:size]
						status, answer := c.send(c.client(stranger, protocols[protocol]), "/new.php", body, chunked)
						all += fmt.Sprintf("%s, %d bytes, chunked %t: %d %q\n", protocol, size, chunked, status, answer)
					}
				}
			}
			c.idle()
			return all
		}
		want := answers("")
		if got := answers(guards["held"]); got != want {
			t.Errorf("limited to %s\n%s\nwithout a guard\n%s", limit, got, want)
		}
		if !strings.Contains(want, ": 413 ") {
			t.Errorf("%s limits nothing:\n%s", limit, want)
		}
	}
}

// A client that goes away, or that says nothing more where nobody listens, leaves no
// goroutine behind.
func TestPrefetchOfAClientThatStops(t *testing.T) {
	c := &instance{t: t}
	began := make(chan struct{}, 1)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		patience := patience // until the client has gone
		if r.URL.Path == "/early" {
			patience = time.Millisecond
		}
		began <- struct{}{}
		prefetched(r.Body, 100, patience)
		io.WriteString(w, "page")
	}))
	s.Config.Protocols = new(http.Protocols)
	h1(s.Config.Protocols)
	h2c(s.Config.Protocols)
	s.Start()
	t.Cleanup(s.Close)
	for _, length := range []string{"Content-Length: 9", "Content-Length: 9000000", "Transfer-Encoding: chunked"} {
		for _, path := range []string{"/late", "/early"} {
			t.Run(fmt.Sprintf("and goes away, over HTTP/1.1 with %s, %s", length, path[1:]), func(t *testing.T) {
				c := c.in(t)
				conn, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n4\r\na=b&", path, length)
				<-began
				conn.Close()
				c.idle()
			})
		}
	}
	send := func(t *testing.T, ctx context.Context, path string) (*http.Response, error) {
		body, w := io.Pipe()
		t.Cleanup(func() { w.Close() })
		go io.WriteString(w, "a=b&")
		r, err := http.NewRequestWithContext(ctx, "POST", s.URL+path, body)
		if err != nil {
			t.Fatal(err)
		}
		return c.in(t).client(stranger, h2c).Do(r)
	}
	t.Run("and goes away, over HTTP/2", func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			<-began
			leave()
		}()
		if resp, err := send(t, ctx, "/late"); err == nil {
			resp.Body.Close()
			t.Error(resp.Status)
		}
		c.in(t).idle()
	})
	t.Run("and stays, over HTTP/2, when it was answered", func(t *testing.T) {
		resp, err := send(t, t.Context(), "/early")
		<-began
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if got, err := io.ReadAll(resp.Body); err != nil || string(got) != "page" {
			t.Errorf("%q %v", got, err)
		}
		c.in(t).idle()
	})
}
