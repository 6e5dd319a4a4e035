package main

import (
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// peer is a rule of the kind that people write into their log analysis. It
// remembers from the first line of the log, and alerts after learning.
type peer struct {
	name      string
	anyPath   bool // scripts only, otherwise
	firstPost bool // also the first payload to a script that was only read
	softAbsent,
	unreferred bool // leave out the site's page for what is not there, and what a page led to

	known map[string]uint8
	sizes map[int64]map[string]bool // who was first answered with so many bytes
}

const (
	wasRead uint8 = 1 << iota
	wasSent
)

func peers() []*peer {
	list := []*peer{
		{name: "first 2xx of a new path", anyPath: true},
		{name: "first 2xx of a new script"},
		{name: "new script, or first POST after only GETs", firstPost: true},
		{name: "same, minus soft-404", firstPost: true, softAbsent: true},
		{name: "same, minus soft-404, minus with referrer", firstPost: true, softAbsent: true, unreferred: true},
	}
	for _, p := range list {
		p.known, p.sizes = make(map[string]uint8), make(map[int64]map[string]bool)
	}
	return list
}

// softAbsentScripts is to how many other unknown scripts the same size makes it
// the site's page for what is not there.
const softAbsentScripts = 3

// sees shows the rule an exchange, and reports whether it would alert.
func (p *peer) sees(x *detector.Exchange) bool {
	if x.Status/100 != 2 {
		return false
	}
	key := x.Path
	if !p.anyPath {
		n := namer.Name(x.Path)
		if !n.Script {
			return false
		}
		key = n.Path
	}
	before, now := p.known[key], wasRead
	if !baseline.MethodOf(x.Method).Reads() {
		now = wasSent
	}
	p.known[strings.Clone(key)] = before | now
	alert := before == 0 || p.firstPost && now == wasSent && before&wasSent == 0
	if before == 0 && p.softAbsent {
		others := p.sizes[x.Length]
		if others == nil {
			others = make(map[string]bool)
			p.sizes[x.Length] = others
		}
		alert = len(others) < softAbsentScripts
		others[key] = true
	}
	return alert && (!p.unreferred || x.Referer == "")
}
