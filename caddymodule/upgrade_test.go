package caddymodule

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// newEcho is an upstream that switches to a protocol which echoes lines.
func newEcho(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "echo" {
			io.WriteString(w, "page of the site")
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nSet-Cookie: shell=1\r\nX-Shell: 1\r\nX-Site: owned\r\n\r\n")
		rw.Flush()
		for {
			line, err := rw.ReadString('\n')
			if err != nil {
				return
			}
			io.WriteString(rw, "echo "+line)
			rw.Flush()
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// upgrade asks for the echo protocol, with the fields given, and returns the answer and the connection.
func (c *instance) upgrade(path string, fields ...string) (*http.Response, net.Conn, *bufio.Reader) {
	c.t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, visitor, 1)}, Timeout: patience}
	conn, err := dialer.Dial("tcp", c.addr)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: echo\r\n%s\r\n", path, c.addr, strings.Join(fields, ""))
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp, conn, r
}

func TestUpgrade(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir+"/storage", "shop")
	c := startIn(t, dir, fmt.Sprintf(refusing, newEcho(t).URL))
	t.Run("through a guard that lets it pass, lines go both ways", func(t *testing.T) {
		resp, conn, r := c.in(t).upgrade("/index.php", "Origin: http://shop.example\r\n")
		if resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Upgrade") != "echo" {
			t.Fatalf("%d %v", resp.StatusCode, resp.Header)
		}
		for _, line := range []string{"one\n", "two\n"} {
			io.WriteString(conn, line)
			if got, err := r.ReadString('\n'); err != nil || got != "echo "+line {
				t.Fatalf("%q %v", got, err)
			}
		}
	})
	t.Run("of a new script is refused with a clean page, and the connection stays HTTP", func(t *testing.T) {
		resp, conn, r := c.in(t).upgrade("/socket.php")
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Error(err)
		}
		refused(t, resp, string(body), "403: /socket.php is malicious")
		fmt.Fprintf(conn, "GET /index.php HTTP/1.1\r\nHost: %s\r\n\r\n", c.addr)
		resp, err = http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "page of the site" {
			t.Errorf("then: %d %q %v", resp.StatusCode, body, err)
		}
	})
	t.Run("is reported with the response", func(t *testing.T) {
		l := c.in(t).access("/socket.php")
		if l.Status != http.StatusForbidden || l.Guard["action"] != "block" || l.Guard["stage"] != "response" {
			t.Errorf("%+v", l)
		}
	})
	c.sound()
}
