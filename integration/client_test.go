package integration

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// stranger is a client network that no site has seen.
const stranger = 200

// visitor asks one site, from any of the networks 127.0.n.0/24.
type visitor struct {
	t    *testing.T
	port int
}

// request is what a visitor asks for.
type request struct {
	method, path string
	network      int
	referer      bool // by a link of the site
	header       http.Header
}

// answer is what came back.
type answer struct {
	status int
	body   string
	mark   string // in the query, to find the request in the access log
}

var marks atomic.Int64

// ask sends the request. A POST carries a form.
func (v visitor) ask(q request) answer {
	v.t.Helper()
	mark := fmt.Sprintf("mark%dx", marks.Add(1))
	url := fmt.Sprintf("http://127.0.0.1:%d%s?%s", v.port, q.path, mark)
	var body io.Reader
	if q.method == http.MethodPost {
		body = strings.NewReader("name=value")
	}
	r, err := http.NewRequest(q.method, url, body)
	if err != nil {
		v.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if q.referer {
		r.Header.Set("Referer", fmt.Sprintf("http://127.0.0.1:%d/", v.port))
	}
	for name, values := range q.header {
		r.Header[name] = values
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(q.network), 1)},
	}).DialContext}
	client := http.Client{Transport: transport, Timeout: 20 * time.Second}
	resp, err := client.Do(r)
	if err != nil {
		v.t.Fatalf("%s %s: %v", q.method, q.path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatalf("%s %s: %v", q.method, q.path, err)
	}
	return answer{status: resp.StatusCode, body: string(b), mark: mark}
}

func (v visitor) get(path string, network int) answer {
	v.t.Helper()
	return v.ask(request{method: http.MethodGet, path: path, network: network})
}

func (v visitor) post(path string, network int) answer {
	v.t.Helper()
	return v.ask(request{method: http.MethodPost, path: path, network: network})
}

// teach has 40 networks read the pages, a hundred times each, and ten of them
// send the form. That is what `learn 2s 0.95` needs: some 90 samples.
func (v visitor) teach(prefix string) {
	v.t.Helper()
	learn := func(method, path string, network int) {
		a := v.ask(request{method: method, path: prefix + path, network: network, referer: true})
		if a.status != http.StatusOK {
			v.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
		}
	}
	for network := 1; network <= 10; network++ {
		learn(http.MethodPost, "/contact.php", network)
	}
	for n := range 100 {
		learn(http.MethodGet, "/index.php", 1+n%40)
		learn(http.MethodGet, "/about.php", 1+n%40)
	}
}

// enforcing waits until the guard says that as many sites have ended learning.
func (c *caddyProcess) enforcing(sites int) {
	c.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if strings.Count(c.read("log.json"), "learning has ended") >= sites {
			return
		}
	}
	c.t.Fatalf("learning does not end:\n%s", c.read("log.json"))
}
