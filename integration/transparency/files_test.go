package transparency

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTransparencyOfFiles asks for parts of a file, and for one that has not
// changed.
func TestTransparencyOfFiles(t *testing.T) {
	w := startWorld(t, "root * ROOT\n\tGUARD\n\tfile_server browse", map[string]string{"page.html": page, "empty.html": ""})
	for _, speaker := range speakers {
		client := w.client(speaker.transport)
		w.same(t, "over "+speaker.protocol, func(_ *testing.T, l listener, s *script) {
			for _, headers := range [][]string{
				nil,
				{"Range", "bytes=0-99"},
				{"Range", "bytes=100-"},
				{"Range", "bytes=-10"},
				{"Range", "bytes=9999999-"},
				{"If-Modified-Since", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)},
				{"If-Unmodified-Since", "Mon, 02 Jan 2006 15:04:05 GMT"},
			} {
				for _, path := range []string{"/page.html", "/empty.html", "/missing.html"} {
					for _, method := range []string{"GET", "HEAD", "POST"} {
						r, _ := s.request(method, l.url(speaker.scheme, path), nil, headers...)
						s.answer(client.RoundTrip(r))
					}
				}
			}
			if !strings.Contains(s.String(), "206 Partial Content") || !strings.Contains(s.String(), "304 Not Modified") {
				s.t.Errorf("no parts:\n%s", s)
			}
		})
	}
	w.sound(t)
}

// TestTransparencyOfSendfile counts what Caddy reads to serve a large file: with
// a guard no more than without. Where Caddy uses sendfile that is a call for each
// bufferful of the socket's; copying would take one for each 32 KiB.
func TestTransparencyOfSendfile(t *testing.T) {
	const size = 64 << 20
	content := strings.Repeat(page[:1<<10], size>>10)
	// Caddy itself has no sendfile with TLS, and none where it listens for h2c too.
	w := startHosts(t, startOrigin(t), []host{{"127.0.0.1", "root * ROOT\n\tGUARD\n\tfile_server"}},
		map[string]string{"large.bin": content, "large.php": content}, "servers {\n\t\tprotocols h1\n\t}")
	for _, path := range []string{"/large.bin", "/large.php"} {
		bare := 0
		for _, l := range w.listeners {
			before := w.reads(t)
			resp, err := http.Get(l.url("http", path))
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if n != size || err != nil {
				t.Fatal(n, err)
			}
			reads := w.reads(t) - before
			t.Logf("%s %s: %d reads", path, l.guarding, reads)
			if bare == 0 {
				bare = reads
			}
			if reads > bare+bare/10+100 {
				t.Errorf("%s %s: %d reads, %d without a guard", path, l.guarding, reads, bare)
			}
		}
	}
	w.sound(t)
}

// reads is how often Caddy has read anything.
func (w *world) reads(t *testing.T) (n int) {
	t.Helper()
	return w.proc(t, "io", "syscr:")
}

// proc is a number that the kernel tells of Caddy's process.
func (w *world) proc(t *testing.T, file, name string) (n int) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(w.caddy.PID()), file))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(b), name)
	if _, err := fmt.Sscan(rest, &n); !found || err != nil {
		t.Fatalf("no %s: %v\n%s", name, err, b)
	}
	return n
}

// TestTransparencyOfSize sends a gibibyte each way through the strictest guard.
func TestTransparencyOfSize(t *testing.T) {
	const size = 1 << 30
	behaviours["large"] = func(w http.ResponseWriter, r *http.Request, v *visit) {
		n, err := io.Copy(io.Discard, r.Body)
		v.body = fmt.Sprintf("%d bytes, %v", n, err)
		for piece, left := make([]byte, 1<<20), n; left > 0; left -= int64(len(piece)) {
			w.Write(piece)
		}
	}
	w := startWorld(t, "GUARD\n\treverse_proxy ORIGIN", nil)
	pass := func(l listener, size int64) (peak int) {
		s := &script{t: t, l: l, origin: w.origin}
		// Of a type that tells nothing about its length.
		r, v := s.request("POST", l.url("http", "/index.php?do=large"), io.LimitReader(nulls{}, size),
			"Content-Type", "application/octet-stream", "Referer", "https://site.test/")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		n, err := io.Copy(io.Discard, resp.Body)
		s.upstream(v)
		if want := fmt.Sprintf("%d bytes, <nil>", size); n != size || err != nil || v.body != want {
			t.Errorf("%s: %d bytes, %v; upstream: %s", l.guarding, n, err, v.body)
		}
		return w.proc(t, "status", "VmHWM:")
	}
	bare := pass(w.listeners[0], 64<<20)
	guarded := pass(w.listeners[len(w.listeners)-1], size)
	t.Logf("at most %d MiB after 64 MiB without a guard, %d MiB after 1 GiB with one", bare>>10, guarded>>10)
	if guarded-bare > 64<<10 {
		t.Errorf("memory grew by %d MiB", (guarded-bare)>>10)
	}
	w.sound(t)
}

type nulls struct{}

func (nulls) Read(b []byte) (int, error) { return len(b), nil }

// TestTransparencyOfExpectation sends a body only when it has been asked for.
func TestTransparencyOfExpectation(t *testing.T) {
	w := startWorld(t, "GUARD\n\treverse_proxy ORIGIN", nil)
	for _, path := range []string{"/index.php", "/page/1"} {
		for _, size := range []int{10, 100_000} {
			w.same(t, fmt.Sprintf("at %s with %d bytes", path, size), func(_ *testing.T, l listener, s *script) {
				_, v := s.request("POST", l.url("http", path), nil)
				conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", l.plain), patience)
				if err != nil {
					s.t.Fatal(err)
				}
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(patience))
				fmt.Fprintf(conn, "POST %s?do=page HTTP/1.1\r\nHost: site.test\r\nExpect: 100-continue\r\nContent-Length: %d\r\n"+
					"Content-Type: text/plain\r\nReferer: https://site.test/\r\n%s: %s\r\n\r\n", path, size, caseHeader, v.id)
				r := bufio.NewReader(conn)
				s.line(r)                                         // before any of the body
				for line := "?"; strings.TrimSpace(line) != ""; { // Caddy's own, or the origin's with a header
					if line, err = r.ReadString('\n'); err != nil {
						s.t.Fatal(err)
					}
				}
				io.WriteString(conn, strings.Repeat("x", size))
				resp, err := http.ReadResponse(r, nil)
				for err == nil && resp.StatusCode == http.StatusContinue { // the origin's own
					resp, err = http.ReadResponse(r, nil)
				}
				s.answer(resp, err)
				s.upstream(v)
			})
		}
	}
	w.sound(t)
}
