// Package reliability reloads a guarded Caddy under load. The harnesses faults and soak go further.
package reliability

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/integration/internal/lab"
)

// goroutines is how many the process has.
func goroutines(t *testing.T, c *lab.Caddy) (n int) {
	t.Helper()
	text, err := c.Admin(http.MethodGet, "/debug/pprof/goroutine?debug=1", "")
	if _, scanErr := fmt.Sscanf(text, "goroutine profile: total %d", &n); err != nil || scanErr != nil {
		t.Fatalf("%v, %v: %.200s", err, scanErr, text)
	}
	return n
}

// profiles is how many scripts the site php has of each trust.
func profiles(t *testing.T, c *lab.Caddy) (n struct{ Trusted, Provisional, Denied int }) {
	t.Helper()
	text, err := c.Admin(http.MethodGet, "/webshell_guard/sites/php", "")
	status := struct{ Scripts any }{&n}
	if err := errors.Join(err, json.Unmarshal([]byte(text), &status)); err != nil {
		t.Fatal(err)
	}
	return n
}

// visits asks one site again and again until ctx ends. Of a reload, with the
// guard and without, connections are lost that wait to be accepted: what is lost is
// asked again, and counted.
type visits struct {
	t          *testing.T
	name       string
	asked      atomic.Int64
	lost       atomic.Int64
	method     string
	port       int
	paths      []string
	wantStatus int
}

func (v *visits) run(ctx context.Context, network int) {
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(network), 1)},
	}).DialContext}}
	for n, lost := 0, 0; ctx.Err() == nil; n++ {
		path := v.paths[n%len(v.paths)]
		status, body, err := v.once(&client, path)
		switch {
		case err != nil && status == 0 && lost < 10:
			v.lost.Add(1)
			lost++
			n--
			time.Sleep(20 * time.Millisecond)
			continue
		case err != nil || status != v.wantStatus:
			v.t.Errorf("%s: %s %s: %d %.200s, %v", v.name, v.method, path, status, body, err)
			return
		}
		lost = 0
		v.asked.Add(1)
		time.Sleep(2 * time.Millisecond) // leave the reloads a processor
	}
}

func (v *visits) once(client *http.Client, path string) (int, string, error) {
	r, err := http.NewRequest(v.method, fmt.Sprintf("http://127.0.0.1:%d%s", v.port, path), nil)
	if err != nil {
		return 0, "", err
	}
	if v.method == http.MethodPost {
		r.Body = io.NopCloser(strings.NewReader("name=value"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		r.Header.Set("Referer", fmt.Sprintf("http://127.0.0.1:%d/", v.port))
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body) // an answer that began must be whole
	return resp.StatusCode, string(b), err
}

// TestPHPReloadsUnderLoad gives a guarded Caddy and a bare one two hundred
// configurations each, a good and a broken one in turn, while they are visited.
func TestPHPReloadsUnderLoad(t *testing.T) {
	const reloads = 200
	socket := lab.StartFPM(t)
	guarded, s, v := lab.FastCGI().Guarded(t, "block", socket)
	barePort := lab.FreePort(t)
	bare := lab.StartCaddy(t, fmt.Sprintf("http://:%d {\n\tlog\n\troot * %s\n\tphp_fastcgi unix/%s\n\tfile_server\n}\n", barePort, s.Root, socket))
	s.Drop("uploads/x.php")
	if a := v.Post("/uploads/x.php", lab.Stranger); a.Status != 403 {
		t.Fatalf("the shell, before: %d", a.Status)
	}

	reload := func(c *lab.Caddy, times int) {
		for n := range times {
			good, file := true, c.Caddyfile
			switch n % 4 {
			case 1: // goes wrong as it is read
				good, file = false, strings.Replace(file, "file_server\n", "file_server\n\tno_such_directive\n", 1)
			case 3: // goes wrong as it starts, after all is provisioned
				good, file = false, strings.Replace(file, "\tlog\n\troot", "\tbind 192.0.2.1\n\tlog\n\troot", 1)
			}
			_, err := c.Admin(http.MethodPost, "/load", file)
			for again := 0; again < 5 && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)); again++ {
				_, err = c.Admin(http.MethodPost, "/load", file) // the endpoint is reloaded, too
			}
			if (err == nil) != good || err != nil && !strings.Contains(err.Error(), "400 Bad Request") {
				t.Errorf("configuration %d, good %v: %v", n, good, err)
				return
			}
		}
	}
	reload(guarded, 4) // what the first need stays
	reload(bare, 4)
	known, before := profiles(t, guarded), goroutines(t, guarded)

	pages := []string{"/", "/about.php", "/style.css", "/blog/x"}
	all := []*visits{
		{t: t, name: "guarded", port: v.Port, method: http.MethodGet, paths: pages, wantStatus: 200},
		{t: t, name: "bare", port: barePort, method: http.MethodGet, paths: pages, wantStatus: 200},
		{t: t, name: "the shell", port: v.Port, method: http.MethodPost, paths: []string{"/uploads/x.php"}, wantStatus: 403},
	}
	ctx, end := context.WithCancel(context.Background())
	var visitors, loaders sync.WaitGroup
	for n, v := range all {
		visitors.Go(func() { v.run(ctx, []int{3, 3, lab.Stranger}[n]) })
		visitors.Go(func() { v.run(ctx, []int{4, 4, lab.Stranger}[n]) })
	}
	loaders.Go(func() { reload(guarded, reloads) })
	loaders.Go(func() { reload(bare, reloads) })
	loaders.Wait()
	end()
	visitors.Wait()

	for _, v := range all {
		t.Logf("%s: %d answers, %d connections lost", v.name, v.asked.Load(), v.lost.Load())
		if v.asked.Load() == 0 {
			t.Errorf("%s: nothing was asked", v.name)
		}
	}
	if s.Executed("uploads/x.php") {
		t.Error("the shell ran while Caddy was reloaded")
	}
	if log := guarded.Read("log.json"); strings.Contains(log, "panic") {
		t.Error("something panicked")
	}
	if now := profiles(t, guarded); now != known {
		t.Errorf("profiles: %+v, before %+v", now, known)
	}
	// Those of the last connections need a moment to end.
	now := goroutines(t, guarded)
	for deadline := time.Now().Add(15 * time.Second); now > before+5 && time.Now().Before(deadline); now = goroutines(t, guarded) {
		time.Sleep(100 * time.Millisecond)
	}
	if now > before+5 {
		text, _ := guarded.Admin(http.MethodGet, "/debug/pprof/goroutine?debug=1", "")
		t.Errorf("%d goroutines, before %d:\n%.6000s", now, before, text)
	}
}
