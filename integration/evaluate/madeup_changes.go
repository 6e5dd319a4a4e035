package main

import (
	"fmt"
	"net/netip"
)

// madeUp are the sites that change.
func madeUp(seed uint64) []*application {
	return []*application{deployed(seed, ""), deployed(seed, serverRoot), wordpress(seed), evolving(seed)}
}

// deployed is an application of scripts to which something is added every week for a
// year.
func deployed(seed uint64, root string) *application {
	a := newApplication("weekly deployments, a year, no root", 365, 250, seed)
	if a.root = root; root != "" {
		a.name, a.otherwise = "weekly deployments, a year, with root", true
	}
	a.scripts = true
	a.page("/index.php", "").weight = 3
	for range 40 {
		a.page(a.fresh("/pages/")+".php", "")
	}
	a.entry("/login.php", "", "/login.php", "user", "password")
	a.entry("/contact.php", "", "/contact.php", "name", "email", "message")
	a.entry("/search.php", "", "/index.php", "q")
	a.calls = append(a.calls, &resource{path: "/api/orders.php", sent: true, json: true, fields: []string{"order", "amount"}, weight: 1, length: 300})
	a.deploy(a.calls[0])
	for n := range byte(3) {
		a.callers = append(a.callers, &caller{client: netip.AddrFrom4([4]byte{10, 7, n, 1}), agent: fmt.Sprintf("partner%d-sync/1.4", n), calls: 30})
	}
	a.change = func(a *application, day int) {
		if day%7 != 2 {
			return
		}
		for range 1 + a.r.IntN(3) {
			a.page(a.fresh([]string{"/pages/", "/shop/", "/"}[a.r.IntN(3)])+".php", "")
		}
		for range 1 + a.r.IntN(3) {
			a.grow(a.pages)
		}
		if day%21 == 2 {
			name := a.fresh("/forms/") + ".php"
			a.entry(name, "", name, "name", "email", a.field())
		}
		if day%14 == 2 {
			f := a.forms[a.r.IntN(len(a.forms))]
			f.fields = append(f.fields[:len(f.fields):len(f.fields)], a.field())
			a.deploy(f)
		}
		if day%28 == 2 {
			p := &resource{path: a.fresh("/api/") + ".php", sent: true, json: true, fields: []string{"id", a.field()}, weight: 0.3, length: 300, born: day}
			a.calls = append(a.calls, p)
			a.deploy(p)
		}
		if day%35 == 2 && len(a.pages) > 20 {
			gone := 10 + a.r.IntN(len(a.pages)-10)
			a.pages = append(a.pages[:gone:gone], a.pages[gone+1:]...)
		}
	}
	return a
}

// grow has something take one more parameter.
func (a *application) grow(list []*resource) {
	p := list[a.r.IntN(len(list))]
	p.params = append(p.params[:len(p.params):len(p.params)], a.field())
	a.deploy(p)
}

// field is a name of a field or parameter, often a new one.
func (a *application) field() string {
	if a.r.IntN(3) == 0 {
		return fieldNames[a.r.IntN(len(fieldNames))]
	}
	a.names++
	return fmt.Sprintf("%s_%d", nouns[a.r.IntN(len(nouns))], a.names)
}

// evolving is an application without scripts, behind a proxy, that changes slowly for
// six months: fields, parameters, routes, names of headers, and programs that call it.
func evolving(seed uint64) *application {
	a := newApplication("slow change, six months, routes only", 182, 300, seed)
	a.page("/", "").weight = 3
	for range 25 {
		a.page(a.fresh("/"), "")
	}
	for range 10 {
		a.page(a.fresh("/")+"/{n}", "")
	}
	a.entry("/session", "", "/login", "user", "password")
	a.entry("/contact", "", "/contact", "name", "email", "message")
	a.entry("/cart/items", "", "/cart", "item", "count").json = true
	for _, name := range []string{"orders", "stock", "prices"} {
		a.calls = append(a.calls, &resource{path: "/api/v1/" + name, sent: true, json: true, fields: []string{"id", "amount"}, weight: 1, length: 400, headers: []string{"Authorization"}},
			&resource{path: "/api/v1/" + name + "/{n}", weight: 1, length: 400, headers: []string{"Authorization"}})
	}
	for n := range byte(4) {
		a.callers = append(a.callers, &caller{client: netip.AddrFrom4([4]byte{10, 7, n, 1}), agent: fmt.Sprintf("partner%d-client/2.0", n), calls: 40})
	}
	a.change = func(a *application, day int) {
		if day%7 == 1 {
			a.grow(a.pages)
		}
		switch day % 14 {
		case 3:
			f := a.forms[a.r.IntN(len(a.forms))]
			f.fields = append(f.fields[:len(f.fields):len(f.fields)], a.field())
		case 5:
			p := a.calls[a.r.IntN(len(a.calls))]
			if p.sent {
				p.fields = append(p.fields[:len(p.fields):len(p.fields)], a.field())
			}
		case 8:
			a.page(a.fresh("/"), "")
			if a.r.IntN(2) == 0 {
				name := a.fresh("/")
				a.entry(name, "", name, "email", a.field())
			}
		}
		switch day % 30 {
		case 11:
			a.calls = append(a.calls, &resource{path: a.fresh("/api/v1/"), sent: true, json: true, fields: []string{"id", a.field()}, weight: 0.5, length: 400, born: day, headers: []string{"Authorization"}})
		case 17:
			a.headers = append(a.headers, []string{fmt.Sprintf("Sec-Hint-%d", day)}) // of new browsers
		case 20:
			c := a.callers[a.r.IntN(len(a.callers))]
			c.headers = append(c.headers[:len(c.headers):len(c.headers)], fmt.Sprintf("X-Client-Info-%d", day))
		case 25:
			n := byte(len(a.callers))
			a.callers = append(a.callers, &caller{client: netip.AddrFrom4([4]byte{10, 7, n, 1}), agent: fmt.Sprintf("partner%d-client/1.0", n), calls: 25})
		}
	}
	return a
}
