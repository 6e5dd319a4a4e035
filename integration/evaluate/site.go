package main

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline/scriptpath"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// site is a log, and what an attacker who knows the site would know of it.
type site struct {
	name      string
	entries   []detector.Exchange
	served    []detector.Exchange // the same, with an answer invented to what is not there
	logged    []detector.Exchange // of a site that is made out of another: what its log would have
	malformed int
	fraction  float64 // of its time that is learned
	first     time.Time
	closes    time.Time // when learning ends
	last      time.Time

	host     string
	dirs     []string // of scripts
	suffix   string   // of most scripts
	getOnly  []string // scripts that were only read while learning
	posters  []string // scripts that took payloads while learning
	page     string   // a page that is there
	paths    map[string]bool
	networks map[netip.Prefix]bool
}

// sharedSize is how many scripts must answer with the same number of bytes for
// that to be the site's page for what is not there.
const sharedSize = 4

// namer names scripts as the detector does by default.
var namer = func() *scriptpath.Namer {
	n, err := scriptpath.NewNamer(scriptpath.DefaultSuffixes())
	if err != nil {
		panic(err) // the defaults are valid
	}
	return n
}()

// use is how a script was used while learning.
type use struct {
	reads, payloads int
	sizes           map[int64]bool
}

func newSite(name string, entries []detector.Exchange, malformed int, fraction float64) *site {
	s := &site{name: name, entries: entries, malformed: malformed, fraction: fraction, first: entries[0].Time, last: entries[len(entries)-1].Time,
		paths: make(map[string]bool), networks: make(map[netip.Prefix]bool), page: "/", suffix: ".php"}
	s.closes = s.first.Add(time.Duration(fraction * float64(s.last.Sub(s.first))))
	uses, hosts, pages := make(map[string]*use), make(map[string]int), make(map[string]int)
	for i := range entries {
		x := &entries[i]
		s.paths[x.Path] = true
		if p, err := x.Client.Prefix(24); err == nil {
			s.networks[p] = true
		}
		if !x.Time.Before(s.closes) {
			continue
		}
		if x.Host != "" {
			hosts[x.Host]++
		} else if u, err := url.Parse(x.Referer); err == nil && u.Host != "" {
			hosts[u.Host]++
		}
		note(uses, pages, x)
	}
	s.host = most(hosts, "site.example")
	s.page = most(pages, "/")
	s.sort(uses)
	s.served = withPages(entries)
	return s
}

// notFound is what Apache httpd answers if nobody tells it otherwise.
const notFound = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head>
<title>404 Not Found</title>
</head><body>
<h1>Not Found</h1>
<p>The requested URL was not found on this server.</p>
</body></html>
`

// withPages gives the requests that were answered 404 a page. A handler in line
// sees one, and without it cannot tell a shell that answers so.
func withPages(entries []detector.Exchange) []detector.Exchange {
	list := slices.Clone(entries)
	for i := range list {
		if x := &list[i]; x.Status == 404 && x.Method != "HEAD" {
			x.ContentType, x.Answer, x.AnswerTaken = "text/html; charset=iso-8859-1", []byte(notFound), true
		}
	}
	return list
}

// note takes down what a request shows of the site's scripts and pages.
func note(uses map[string]*use, pages map[string]int, x *detector.Exchange) {
	good := x.Status/100 == 2
	n := namer.Name(x.Path)
	if good && x.Method == "GET" && (n.Script || strings.HasSuffix(x.Path, "/")) {
		pages[x.Path]++
	}
	if !n.Script || n.Spelling.Disguised() || n.Path != n.Full {
		return
	}
	u := uses[n.Path]
	if u == nil {
		u = &use{sizes: make(map[int64]bool)}
		uses[n.Path] = u
	}
	switch {
	case x.CarriesPayload() && x.Status/100 <= 3:
		u.payloads++
	case good:
		u.reads++
	}
	if good {
		u.sizes[x.Length] = true
	}
}

// sort fills in the lists. What answers only with a page that many names answer
// with is no script.
func (s *site) sort(uses map[string]*use) {
	shared, suffixes, dirs := make(map[int64]int), make(map[string]int), make(map[string]bool)
	for _, u := range uses {
		for size := range u.sizes {
			shared[size]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(uses)) {
		u := uses[name]
		genuine := false
		for size := range u.sizes {
			genuine = genuine || shared[size] < sharedSize
		}
		if !genuine {
			continue
		}
		dirs[path.Dir(name)] = true
		suffixes[path.Ext(name)]++
		switch {
		case u.payloads > 0:
			s.posters = append(s.posters, name)
		case u.reads > 0:
			s.getOnly = append(s.getOnly, name)
		}
	}
	s.dirs = slices.Sorted(maps.Keys(dirs))
	if len(s.dirs) == 0 {
		s.dirs = []string{"/"}
	}
	s.suffix = most(suffixes, ".php")
}

// most returns the most frequent key, of equals the first.
func most(count map[string]int, none string) string {
	best := none
	for _, k := range slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), strings.Compare(a, b))
	}) {
		return k
	}
	return best
}

// plausible are names that somebody who hides gives a script.
var plausible = []string{"cache-help", "class-menu", "config-old", "footer2", "image-view", "lib-session", "options-tmp", "rss-feed", "stats", "update-check"}

// newName returns a path that is not in the log, beside scripts that are.
func (s *site) newName(r *rand.Rand) string {
	for {
		dir := s.dirs[r.IntN(len(s.dirs))]
		name := path.Join(dir, plausible[r.IntN(len(plausible))]) + s.suffix
		if !s.paths[name] {
			return name
		}
	}
}

// stranger returns an address of a network that is not in the log, out of those
// reserved for measurements (RFC 2544).
func (s *site) stranger(r *rand.Rand) netip.Addr {
	for {
		a := netip.AddrFrom4([4]byte{198, byte(18 + r.IntN(2)), byte(r.IntN(256)), byte(1 + r.IntN(254))})
		if p, err := a.Prefix(24); err == nil && !s.networks[p] {
			return a
		}
	}
}
