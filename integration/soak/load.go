package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// load is what is sent, and what came of it.
type load struct {
	site   *site
	benign []ask
	// networks is from how many networks clients come. The guard remembers 32,768,
	// which a short run never fills.
	networks int
	counted  [3]atomic.Int64 // benign, flood, attacks
	refused  atomic.Int64    // attacks
	lost     atomic.Int64    // connections, while reloading

	mu    sync.Mutex
	wrong []string // the first few
	n     int
}

const (
	benignRequests = iota
	floodRequests
	attackRequests
)

func (l *load) fail(format string, arguments ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n++; len(l.wrong) < 10 {
		l.wrong = append(l.wrong, fmt.Sprintf(format, arguments...))
	}
}

// client is a client with connections of its own, but a few requests long.
func client(network int) *http.Client {
	return &http.Client{
		Timeout: time.Minute,
		Transport: &http.Transport{DisableCompression: true, MaxConnsPerHost: 2, DialContext: (&net.Dialer{
			LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(network), 3)},
		}).DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send sends a request for the client address given. Connections that Caddy has
// accepted in the moment of a reload are lost, with the guard and without: what is
// lost is sent again.
func (l *load) send(c *http.Client, addr string, a ask, from string) (status int, outcome string, err error) {
	for range 5 {
		status, outcome, err = once(c, addr, a, from)
		if err == nil {
			return status, outcome, nil
		}
		l.lost.Add(1)
		time.Sleep(50 * time.Millisecond)
	}
	return 0, "", err
}

func once(c *http.Client, addr string, a ask, from string) (status int, outcome string, err error) {
	r, err := http.NewRequestWithContext(context.Background(), a.method, "http://"+addr+a.path, bytes.NewReader(a.body))
	if err != nil {
		return 0, "", err
	}
	r.Host = "soak.example"
	r.Header.Set("X-Forwarded-For", from)
	r.Header.Set("Referer", "http://soak.example/")
	if a.contentType != "" {
		r.Header.Set("Content-Type", a.contentType)
	}
	resp, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, "", err
	}
	resp.Header.Del("Date")
	var header strings.Builder
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		fmt.Fprintf(&header, "%s: %q; ", name, resp.Header[name])
	}
	return resp.StatusCode, fmt.Sprintf("%s, %s%d bytes, %.200q", resp.Status, header.String(), len(body), body), nil
}

// visitors ask for what is benign, both sites alike, until ctx ends.
func (l *load) visitors(ctx context.Context, worker int) {
	rng := rand.New(rand.NewPCG(uint64(worker), 1))
	for ctx.Err() == nil {
		c := client(worker)
		from := l.address(rng)
		for range 20 {
			l.compare(c, l.benign[rng.IntN(len(l.benign))], from)
		}
		c.CloseIdleConnections()
	}
}

func (l *load) compare(c *http.Client, a ask, from string) {
	status, got, err := l.send(c, l.site.guarded, a, from)
	_, want, errBare := l.send(c, l.site.bare, a, from)
	l.counted[benignRequests].Add(1)
	if err != nil || errBare != nil || got != want || status != cmp.Or(a.status, http.StatusOK) {
		l.fail("%s %s: guarded %s %v; bare %s %v", a.method, a.path, got, err, want, errBare)
	}
}

// flood asks for random names from random addresses until ctx ends; one in four is
// there.
func (l *load) flood(ctx context.Context) {
	rng := rand.New(rand.NewPCG(0, 2))
	c := client(100)
	defer c.CloseIdleConnections()
	for n := 0; ctx.Err() == nil; n++ {
		a := ask{method: http.MethodGet, path: fmt.Sprintf("/%x/%x.php?%x=%x", rng.Uint32(), rng.Uint32(), rng.Uint32(), rng.Uint32())}
		switch n % 4 {
		case 0:
			a.path = "/there" + a.path
		case 1:
			a.method, a.contentType, a.body = http.MethodPost, "application/x-www-form-urlencoded", fmt.Appendf(nil, "%x=%x", rng.Uint64(), rng.Uint64())
		case 2:
			a.path = fmt.Sprintf("/%x/%x", rng.Uint32(), rng.Uint32()) // a route
		}
		status, outcome, err := l.send(c, l.site.guarded, a, l.address(rng))
		l.counted[floodRequests].Add(1)
		if err != nil || status != http.StatusOK && status != http.StatusNotFound && status != http.StatusForbidden {
			l.fail("flood: %s %s: %s %v", a.method, a.path, outcome, err)
		}
	}
}

// attack uses shells until ctx ends.
func (l *load) attack(ctx context.Context) {
	rng := rand.New(rand.NewPCG(0, 3))
	c := client(101)
	defer c.CloseIdleConnections()
	for n := 0; ctx.Err() == nil; n++ {
		a := ask{method: http.MethodPost, path: []string{"/uploads/shell.php", "/include/backdoor.php"}[n%2], contentType: "application/x-www-form-urlencoded", body: []byte("cmd=id")}
		status, outcome, err := l.send(c, l.site.guarded, a, l.address(rng))
		l.counted[attackRequests].Add(1)
		switch {
		case err != nil || status != http.StatusOK && status != http.StatusForbidden:
			l.fail("attack: %s %v", outcome, err)
		case status == http.StatusForbidden:
			l.refused.Add(1)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (l *load) address(rng *rand.Rand) string {
	n := rng.IntN(l.networks)
	if n%4 == 0 {
		return fmt.Sprintf("2001:%x:%x:%x::%x", n>>16, n&0xffff, rng.IntN(1<<16), rng.IntN(1<<16))
	}
	return fmt.Sprintf("%d.%d.%d.%d", 1+n>>16, n>>8&0xff, n&0xff, 1+rng.IntN(254))
}
