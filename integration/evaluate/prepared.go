package main

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// An attacker who knows how the guard works teaches it first: by requests to a form
// that bring no command, after learning, from one network that is not the one that
// attacks. Then the commands go to the form as one more field.

// secretField is the name of the field that brings the command.
const secretField = "c_e"

func preparedAttacks() (list []attack) {
	steps := []struct {
		name  string
		steps []func(*lesson)
	}{
		{"nothing before", nil},
		{"GET with the field before", []func(*lesson){(*lesson).field}},
		{"1,000 payloads from nowhere before", []func(*lesson){(*lesson).payloads}},
		{"12 requests with 60 made-up names before", []func(*lesson){(*lesson).names}},
		{"8 made-up sets of parameters before", []func(*lesson){(*lesson).sets}},
		{"all four before", []func(*lesson){(*lesson).sets, (*lesson).names, (*lesson).field, (*lesson).payloads}},
	}
	for _, step := range steps {
		list = append(list, attack{
			group: groupPrepared, name: "a form; " + step.name, targets: path1("/contact.php"), facts: inlineOnly, within: 3, target: 90,
			change: func(x *detector.Exchange, _ *site) {
				inForm(x, "name=ann&email=a%40example.org&message=hello&"+secretField+"=")
			},
			prepares: func(s *site, r *rand.Rand) []detector.Exchange {
				l := &lesson{site: s, at: s.closes.Add(time.Minute), client: s.stranger(r)}
				for _, teach := range step.steps {
					teach(l)
				}
				l.spread()
				return l.list
			},
		})
	}
	return list
}

// lesson are requests that teach.
type lesson struct {
	site   *site
	at     time.Time
	client netip.Addr
	list   []detector.Exchange
}

func (l *lesson) add(method, query, body string) {
	x := detector.Exchange{
		Time: l.at, Method: method, Path: "/contact.php", EffectivePath: "/contact.php", Query: query, Client: l.client,
		Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", Status: 200, Length: 2100, ContentType: "text/html; charset=utf-8",
	}
	if body != "" {
		x.Body = []byte(body)
	}
	dress(&x, l.site.host)
	l.list = append(l.list, x)
}

func (l *lesson) field() { l.add("GET", secretField+"=1", "") }

func (l *lesson) payloads() {
	for i := range uint32(1000) {
		l.add("POST", "", fmt.Sprintf("name=%s&email=a%%40example.org&message=%s", words[i%10], words[i/10%10]))
	}
}

func (l *lesson) names() {
	for i := range 12 {
		var fields []string
		for k := range 5 {
			fields = append(fields, fmt.Sprintf("n%d=1", 5*i+k))
		}
		l.add("GET", strings.Join(fields, "&"), "")
	}
}

func (l *lesson) sets() {
	for i := range 8 {
		l.add("GET", fmt.Sprintf("s%d=1&t%d=2", i, i), "")
	}
}

// spread gives the requests times, in order, in the first third of what is judged.
func (l *lesson) spread() {
	room := l.site.last.Sub(l.at) / 3
	for i := range l.list {
		l.list[i].Time = l.at.Add(room * time.Duration(i) / time.Duration(len(l.list)))
	}
}

func sortByTime(list []detector.Exchange) {
	slices.SortStableFunc(list, func(a, b detector.Exchange) int { return a.Time.Compare(b.Time) })
}
