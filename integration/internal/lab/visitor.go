package lab

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

// Stranger is a client network that no site has seen.
const Stranger = 200

// Visitor asks one site, from any of the networks 127.0.n.0/24.
type Visitor struct {
	Port int // of the site

	t *testing.T
}

// NewVisitor is one of a site that is yet to listen, on the visitor's port.
func NewVisitor(t *testing.T) Visitor {
	t.Helper()
	return VisitorAt(t, FreePort(t))
}

// VisitorAt is one of the site on a port.
func VisitorAt(t *testing.T, port int) Visitor { return Visitor{t: t, Port: port} }

// Request is what a visitor asks for.
type Request struct {
	Method, Path string
	Network      int
	Referer      bool // by a link of the site
	Header       http.Header
}

// Answer is what came back.
type Answer struct {
	Status int
	Body   string
	Mark   string // in the query, to find the request in the access log
}

var marks atomic.Int64

// Ask sends the request. A POST carries a form.
func (v Visitor) Ask(q Request) Answer {
	v.t.Helper()
	mark := fmt.Sprintf("mark%dx", marks.Add(1))
	url := fmt.Sprintf("http://127.0.0.1:%d%s?%s", v.Port, q.Path, mark)
	var body io.Reader
	if q.Method == http.MethodPost {
		body = strings.NewReader("name=value")
	}
	r, err := http.NewRequest(q.Method, url, body)
	if err != nil {
		v.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if q.Referer {
		r.Header.Set("Referer", fmt.Sprintf("http://127.0.0.1:%d/", v.Port))
	}
	for name, values := range q.Header {
		r.Header[name] = values
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(q.Network), 1)},
	}).DialContext}
	client := http.Client{Transport: transport, Timeout: 20 * time.Second}
	resp, err := client.Do(r)
	if err != nil {
		v.t.Fatalf("%s %s: %v", q.Method, q.Path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatalf("%s %s: %v", q.Method, q.Path, err)
	}
	return Answer{Status: resp.StatusCode, Body: string(b), Mark: mark}
}

// Get asks for a page, by no link.
func (v Visitor) Get(path string, network int) Answer {
	v.t.Helper()
	return v.Ask(Request{Method: http.MethodGet, Path: path, Network: network})
}

// Post sends a form, from no page.
func (v Visitor) Post(path string, network int) Answer {
	v.t.Helper()
	return v.Ask(Request{Method: http.MethodPost, Path: path, Network: network})
}

// Teach has 40 networks read the pages, a hundred times each, and ten of them
// send the form, which they come to by the front page: a script whose users read nothing
// else stands out. That is what `learn 2s 0.95` needs: some 90 samples.
func (v Visitor) Teach(prefix string) {
	v.t.Helper()
	learn := func(method, path string, network int) {
		a := v.Ask(Request{Method: method, Path: prefix + path, Network: network, Referer: true})
		if a.Status != http.StatusOK {
			v.t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
		}
	}
	for network := 1; network <= 10; network++ {
		learn(http.MethodGet, "/index.php", network)
		learn(http.MethodPost, "/contact.php", network)
	}
	for n := range 100 {
		learn(http.MethodGet, "/index.php", 1+n%40)
		learn(http.MethodGet, "/about.php", 1+n%40)
	}
}
