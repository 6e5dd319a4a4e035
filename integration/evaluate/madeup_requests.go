package main

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// request makes the exchange of a resource.
func (a *application) request(p *resource, at time.Time, client netip.Addr, agent, referer string) detector.Exchange {
	x := detector.Exchange{
		Time: at, Method: "GET", Path: a.fill(p.path), Root: a.root, EffectiveRoot: a.root, Client: client, Agent: agent, Referer: referer,
		Status: 200, Length: p.length + int64(a.r.IntN(1+int(p.length/10))),
	}
	if x.EffectivePath = x.Path; p.ran != "" {
		x.EffectivePath = p.ran
	}
	var query []string
	for _, name := range p.params {
		query = append(query, fmt.Sprintf("%s=%d", name, 1+a.r.IntN(40)))
	}
	x.Query = strings.Join(query, "&")
	if p.sent {
		x.Method = "POST"
		x.Body = []byte(a.body(p))
	}
	dress(&x, a.host)
	for _, name := range p.headers {
		x.Header[name] = []string{fmt.Sprintf("%08x", a.r.Uint32())}
	}
	return x
}

// fill puts a number where a route has one.
func (a *application) fill(path string) string {
	for strings.Contains(path, "{n}") {
		path = strings.Replace(path, "{n}", fmt.Sprint(1+a.r.IntN(4000)), 1)
	}
	return path
}

// body is what is filled in: words, now and then a long text.
func (a *application) body(p *resource) string {
	var fields []string
	for i, name := range p.fields {
		value := words[a.r.IntN(len(words))]
		if cut := strings.IndexByte(name, '='); cut >= 0 { // a value that does not change
			name, value = name[:cut], name[cut+1:]
		} else if i == len(p.fields)-1 && a.r.IntN(4) == 0 {
			value = strings.Repeat(value+"+and+then+", 4+a.r.IntN(20))
		}
		if p.json {
			fields = append(fields, fmt.Sprintf("%q:%q", name, value))
		} else {
			fields = append(fields, name+"="+value)
		}
	}
	if p.json {
		return "{" + strings.Join(fields, ",") + "}"
	}
	return strings.Join(fields, "&")
}
