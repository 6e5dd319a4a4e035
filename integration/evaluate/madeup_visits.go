package main

import (
	"fmt"
	"net/netip"
	"time"
)

// regulars is how many networks come again and again; a third of the visits are theirs.
const regulars = 300

// network is an address of a network out of so many that few come twice.
func (a *application) stranger() netip.Addr {
	return netip.AddrFrom4([4]byte{byte(20 + a.r.IntN(160)), byte(a.r.IntN(256)), byte(a.r.IntN(256)), byte(1 + a.r.IntN(250))})
}

// visitor draws a client: a few regulars come often.
func (a *application) visitor() netip.Addr {
	if a.r.IntN(3) > 0 {
		return a.stranger()
	}
	n := int(float64(regulars) * a.r.Float64() * a.r.Float64())
	return netip.AddrFrom4([4]byte{10, 9 + byte(n/200), byte(n % 200), 7})
}

// browser is one of a few, in a version of the month; the headers are those of new ones.
func (a *application) browser(client netip.Addr) (agent string, headers []string) {
	kind, month := hash("browser", client.String()), a.day/30
	version := 120 + month - int(kind%3) // some update late
	switch kind % 5 {
	case 0:
		agent = fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%[1]d.0", version)
	case 1:
		agent = fmt.Sprintf("Mozilla/5.0 (iPhone; CPU iPhone OS 17_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.%[1]d Mobile/15E148 Safari/604.1", version%8)
	default:
		agent = fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", version)
	}
	for i, set := range a.headers {
		if int(kind%3) < len(a.headers)-i {
			headers = append(headers, set...)
		}
	}
	return agent, headers
}

func (a *application) add(p *resource, at time.Time, client netip.Addr, agent, referer string, headers []string) string {
	x := a.request(p, at, client, agent, referer)
	for _, name := range headers {
		x.Header[name] = []string{"u=1"}
	}
	a.list = append(a.list, made{Exchange: x})
	return "https://" + a.host + x.Path
}

// visit is somebody with a browser, who comes from a search or from nowhere and
// follows links. A few fill in a form.
func (a *application) visit() {
	client, at := a.visitor(), a.moment()
	agent, headers := a.browser(client)
	referer := ""
	if a.r.IntN(2) == 0 {
		referer = "https://www.google.com/"
	}
	for step := 0; step == 0 || a.r.IntN(10) < 6 && step < 30; step++ {
		referer = a.add(a.any(a.pages), at, client, agent, referer, headers)
		for i := range 2 {
			if step == 0 && a.r.IntN(2) == 0 {
				a.add(&resource{path: a.assets[a.r.IntN(len(a.assets))], length: 9000}, at.Add(time.Duration(1+i)*time.Second), client, agent, referer, headers)
			}
		}
		at = at.Add(time.Duration(5+a.r.IntN(90)) * time.Second)
	}
	if len(a.forms) == 0 || a.r.IntN(12) > 0 {
		return
	}
	f := a.any(a.forms)
	if f.form != "" {
		page := &resource{path: f.form, length: 5000, ran: a.runs(f.form)}
		referer = a.add(page, at, client, agent, referer, headers)
	}
	if a.r.IntN(60) == 0 {
		referer = "" // a browser that tells nobody
	}
	a.add(f, at.Add(time.Duration(15+a.r.IntN(120))*time.Second), client, agent, referer, headers)
}

// runs is what runs for a path.
func (a *application) runs(path string) string {
	if a.root != "" && !namer.Name(path).Script {
		return frontScript
	}
	return ""
}

// callAll has a program call the interface, from no page.
func (a *application) callAll(c *caller) {
	for range a.count(c.calls) {
		if len(a.calls) == 0 {
			return
		}
		p := *a.any(a.calls)
		p.headers = append(append([]string(nil), p.headers...), c.headers...)
		a.add(&p, a.moment(), c.client, c.agent, "", nil)
	}
}

// crawl has four search engines read what there is, popular or not.
func (a *application) crawl() {
	for n := range byte(4) {
		client := netip.AddrFrom4([4]byte{10, 8, n, 1})
		agent := fmt.Sprintf("Mozilla/5.0 (compatible; ExampleBot%d/2.1; +https://bot.example/)", n)
		a.add(&resource{path: "/robots.txt", length: 120}, a.moment(), client, agent, "", nil)
		for range a.count(25) {
			a.add(a.pages[a.r.IntN(len(a.pages))], a.moment(), client, agent, "", nil)
		}
	}
}

// probed are names that scanners try, in several directories.
var probed = []string{"wp-login", "admin", "config", "shell", "up", "info", "phpinfo", "test", "old", "backup", "setup", "install", "db", "1", "x", "manager", "user", "api", "console", "index2"}

// scan is somebody who looks for what is not there, tries parameters, and passwords.
func (a *application) scan() {
	client, at := a.stranger(), a.moment()
	hostile := func(p *resource, status int) {
		x := a.request(p, at, client, "python-requests/2.31", "")
		if x.Status = status; status == 404 {
			dress(&x, a.host)
			x.Length = int64(len(notFound))
		}
		a.list = append(a.list, made{Exchange: x, hostile: true})
		at = at.Add(time.Duration(200+a.r.IntN(2000)) * time.Millisecond)
	}
	for range 5 + a.r.IntN(25) {
		name := "/" + probed[a.r.IntN(len(probed))]
		if a.r.IntN(2) == 0 {
			name = "/" + nouns[a.r.IntN(len(nouns))] + name
		}
		if a.r.IntN(5) > 0 {
			name += ".php"
		}
		p := &resource{path: name, sent: a.r.IntN(6) == 0, fields: []string{"a", "cmd"}}
		if a.root != "" {
			p.ran = a.runs("/") // nothing else is there
		}
		hostile(p, 404)
	}
	for range 3 {
		p := *a.pages[a.r.IntN(len(a.pages))]
		p.params = []string{[]string{"id", "author", "s", "debug", "file", "q"}[a.r.IntN(6)]}
		hostile(&p, 200)
	}
	if len(a.forms) > 0 && a.r.IntN(3) == 0 {
		for range 20 {
			hostile(a.forms[0], 200) // which is the one that logs people in
		}
	}
}
