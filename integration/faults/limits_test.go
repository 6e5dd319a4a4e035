package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/process"
)

func TestNoFileDescriptorsLeft(t *testing.T) {
	t.Parallel()
	const most = 64
	s := startTwins(t, process.Config{Wrap: []string{"sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, most)}})
	guarded, bare := client(), client()
	ask := func(q question) (string, string) { return q.outcome(guarded, s.guarded), q.outcome(bare, s.bare) }
	ask(question{"GET", "/index.php", ""}) // both have a connection each now, and one to the upstream
	var idle []net.Conn
	defer func() {
		for _, c := range idle {
			c.Close()
		}
	}()
	used := func() int {
		list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.caddy.PID()))
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	for range most + 16 { // some wait, and take what becomes free
		c, err := net.Dial("tcp", s.bare)
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, c)
	}
	file := question{"GET", "/file.txt", ""}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if got, want := ask(file); used() >= most && got == want && !strings.Contains(got, "200 OK") {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("%d are used of %d; guarded\n%s\nbare\n%s", used(), most, got, want)
		}
	}
	for _, q := range []question{
		{"GET", "/static/a.png", ""}, {"GET", "/index.php", ""}, {"POST", "/contact.php", "a=b"}, {"GET", "/new.php", ""}, {"GET", "/missing.php", ""},
	} {
		if got, want := ask(q); got != want || !strings.Contains(got, "HTTP/1.1 ") {
			t.Errorf("%s %s: guarded\n%s\nbare\n%s", q.method, q.path, got, want)
		}
	}
	for _, c := range idle {
		c.Close()
	}
	guarded.CloseIdleConnections()
	bare.CloseIdleConnections()
	for deadline := time.Now().Add(time.Minute); used() > most/2; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d stay used", used())
		}
	}
	s.alike("afterwards", questions...)
}

// A flood of names must not make Caddy need more than it was given, nor slow it
// down by ever more collecting.
func TestLittleMemoryUnderAFlood(t *testing.T) {
	t.Parallel()
	const limit, requests, workers = 96 << 20, 12_000, 4
	s := startTwins(t, process.Config{Env: []string{fmt.Sprintf("GOMEMLIMIT=%d", limit)}})
	var wg sync.WaitGroup
	for n := range workers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(n), 1))
			c := http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 1, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(n), 2)}}).DialContext(ctx, network, addr)
			}}}
			defer c.CloseIdleConnections()
			for i := range requests / workers {
				path := fmt.Sprintf("/%x/%x.php?%x=%x", rng.Uint32(), rng.Uint32(), rng.Uint32(), rng.Uint32())
				if i%2 == 0 {
					path = "/missing" + path
				}
				resp, err := c.Post("http://"+s.guarded+path, "application/x-www-form-urlencoded", strings.NewReader(fmt.Sprintf("%x=1", rng.Uint64())))
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if want := map[bool]int{true: 404, false: 200}[i%2 == 0]; resp.StatusCode != want {
					t.Errorf("%s: %d", path, resp.StatusCode)
				}
				if i%500 == 0 {
					s.memoryBelow(limit)
				}
			}
		})
	}
	wg.Wait()
	s.memoryBelow(limit)
	s.alike("after the flood", questions...)
}

// memoryBelow looks at what the Go runtime holds, which GOMEMLIMIT is about.
func (s *twins) memoryBelow(limit int) {
	text, err := s.caddy.Admin("/metrics")
	if err != nil {
		s.t.Error(err)
		return
	}
	held, ok := process.MetricIn(text, "go_memstats_sys_bytes")
	released, ok2 := process.MetricIn(text, "go_memstats_heap_released_bytes")
	if !ok || !ok2 || held-released > float64(limit) {
		s.t.Errorf("%.1f MiB are held, of %d", (held-released)/(1<<20), limit>>20)
	}
}
