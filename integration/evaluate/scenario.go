package main

import (
	"encoding/base64"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// place is where a session is put.
type place uint8

const (
	newScript   place = iota // a name of its own, after learning
	getOnly                  // a script of the site that was only read
	takesPost                // a script of the site that takes payloads
	whileLearns              // a name of its own, while the site is learned
)

// scenario is a way to splice sessions into logs.
type scenario struct {
	name  string
	place place
	visit bool // a page of the site is visited first
	// change makes an exchange of the variant out of a recorded one.
	change func(x *detector.Exchange, s *site)
}

// scenarios are those as recorded, and variants of the first.
func scenarios() []scenario {
	return []scenario{
		{name: "a: new script", place: newScript},
		{name: "b: in a GET-only script", place: getOnly},
		{name: "c: in a script that takes POST", place: takesPost},
		{name: "d: new script while learning", place: whileLearns},
		{name: "d, by eight networks", place: whileLearns, change: networks(8)},
		{name: "a, answers 404", place: newScript, change: answers(404)},
		{name: "a, answers 302", place: newScript, change: answers(302)},
		{name: "a, answers 500", place: newScript, change: answers(500)},
		{name: "a, GET, command in the query", place: newScript, change: inQuery},
		{name: "a, GET, command in a cookie", place: newScript, change: inCookie},
		{name: "a, GET, command in a header", place: newScript, change: inHeader},
		{name: "a, forged Referer and Origin, prior visit", place: newScript, visit: true, change: forged},
		{name: "a, GET, cookie, forged Referer, prior visit", place: newScript, visit: true, change: func(x *detector.Exchange, s *site) {
			inCookie(x, s)
			forged(x, s)
			x.Origin = "" // browsers send none with a GET
			delete(x.Header, "Origin")
		}},
		{name: "b, GET, command in the query", place: getOnly, change: inQuery},
		{name: "b, GET, command in a cookie", place: getOnly, change: inCookie},
	}
}

// networks has as many take turns.
func networks(n int64) func(*detector.Exchange, *site) {
	return func(x *detector.Exchange, _ *site) {
		address := x.Client.As4()
		address[2] = byte(x.Time.UnixNano() / int64(time.Millisecond) % n) // 198.18.0.0/15 is in no log
		x.Client = netip.AddrFrom4(address)
	}
}

func answers(status int) func(*detector.Exchange, *site) {
	return func(x *detector.Exchange, _ *site) {
		if x.Status != 0 {
			x.Status = status
		}
	}
}

// maxCommand is how much of a recorded payload a GET carries, in bytes: servers
// take about 8 KiB of target or header, a stager sends the rest in pieces.
const maxCommand = 2 << 10

// command takes the payload out of a request and returns it as text.
func command(x *detector.Exchange) string {
	text := base64.RawURLEncoding.EncodeToString(x.Body[:min(len(x.Body), maxCommand)])
	x.Method, x.Body, x.HasBody, x.Sent = "GET", nil, false, 0
	delete(x.Header, "Content-Type")
	delete(x.Header, "Content-Length")
	return text
}

func inQuery(x *detector.Exchange, _ *site) { x.Query = "id=" + url.QueryEscape(command(x)) }

func inCookie(x *detector.Exchange, _ *site) {
	x.Header["Cookie"] = append(x.Header["Cookie"], "sid="+command(x))
}

func inHeader(x *detector.Exchange, _ *site) { x.Header["X-Request-Token"] = []string{command(x)} }

func forged(x *detector.Exchange, s *site) {
	x.Origin = "https://" + s.host
	x.Referer = x.Origin + s.page
	x.Header["Origin"], x.Header["Referer"] = []string{x.Origin}, []string{x.Referer}
}

// spliced is a session made part of a site's traffic.
type spliced struct {
	script    string
	exchanges []detector.Exchange // in the order of time
	before    int                 // how many of them are visits to other pages
}

// splice puts a session into a site. It reports false if the site has no such
// place. Variants of a place share script, client and time.
func splice(s *site, c scenario, from *session, seed uint64) (spliced, bool) {
	h := fnv.New64a()
	_, _ = h.Write([]byte{byte(c.place)}) // never fails
	_, _ = h.Write([]byte(s.name + "\x00" + from.name))
	r := rand.New(rand.NewPCG(seed, h.Sum64())) //nolint:gosec // to be repeatable is its purpose
	var out spliced
	list, begin, end := s.getOnly, s.closes, s.last
	switch c.place {
	case takesPost:
		list = s.posters
	case whileLearns:
		list, begin, end = []string{s.newName(r)}, s.first, s.closes
	case newScript:
		list = []string{s.newName(r)}
	}
	if len(list) == 0 {
		return out, false
	}
	out.script = list[r.IntN(len(list))]
	room := max(1, end.Sub(begin)-from.duration()-time.Minute)
	start := begin.Add(time.Minute + time.Duration(r.Int64N(int64(room))))
	client := s.stranger(r)
	if c.visit {
		out.exchanges = append(out.exchanges, prior(s, from, client, start.Add(-30*time.Second)))
		out.before = 1
	}
	for i := range from.exchanges {
		x := from.exchanges[i].Exchange
		x.Time = start.Add(x.Time.Sub(from.exchanges[0].Time))
		x.Client, x.Host = client, s.host
		x.Path, x.EffectivePath, x.RawPath, x.Query = out.script, out.script, "", ""
		x.Header = cloneHeader(x.Header)
		if c.change != nil {
			c.change(&x, s)
		}
		out.exchanges = append(out.exchanges, x)
	}
	return out, true
}

// prior is a visit to a page by the client that uses the shell later.
func prior(s *site, from *session, client netip.Addr, at time.Time) detector.Exchange {
	x := detector.Exchange{
		Known: detector.KnownReferer | detector.KnownOrigin | detector.KnownBody | detector.KnownClient,
		Time:  at, Method: "GET", Path: s.page, EffectivePath: s.page, Host: s.host, Client: client,
		Agent: from.exchanges[0].Agent, Status: 200, ContentType: "text/html", Length: -1,
	}
	x.Header = map[string][]string{"User-Agent": {x.Agent}}
	return x
}

func cloneHeader(header map[string][]string) map[string][]string {
	out := make(map[string][]string, len(header)+2)
	for name, values := range header {
		out[name] = values[:len(values):len(values)]
	}
	return out
}

// asLogged leaves of an exchange what the combined log format has.
func asLogged(x *detector.Exchange) {
	x.Known = detector.KnownReferer | detector.KnownClient
	x.Origin, x.HasBody, x.Header, x.Sent, x.Body = "", false, nil, -1, nil
	x.Host, x.ContentType, x.Answer, x.AnswerEnd, x.AnswerTaken = "", "", nil, nil, false
}
