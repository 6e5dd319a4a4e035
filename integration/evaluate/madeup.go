package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// No public log shows a site for a year. The sites here are made up, and so are their
// visitors: each number in this file and in madeup_*.go is an estimate of what such
// sites are like, not a measurement. What they show is whether ordinary change is told
// for nothing; they are no substitute for logs.

// resource is something that visitors may ask for.
type resource struct {
	path    string
	ran     string // what runs; the path itself if empty
	sent    bool   // by POST
	json    bool   // and its body is JSON
	params  []string
	fields  []string
	weight  float64
	half    float64 // days after which half as many ask for it, 0 if that does not change
	born    int     // day
	length  int64
	form    string // the page that holds the form; empty if a program sends it
	headers []string
}

// application is a made-up site.
type application struct {
	name string
	host string
	root string
	// scripts is true if scripts are deployed, and otherwise if the site is there without a
	// root as well, which is all that a log knows.
	scripts, otherwise bool

	days    int
	visits  float64 // a day
	change  func(a *application, day int)
	disk    disk
	r       *rand.Rand
	day     int
	begin   time.Time
	pages   []*resource
	forms   []*resource
	calls   []*resource // by programs
	assets  []string
	callers []*caller
	// admin does what an administrator does that day; nil if nobody does.
	admin func(a *application)

	headers [][]string // of browsers, by how new they are
	list    []made     // of the day
	written []string   // scripts that were deployed that day
	names   int
}

// made is an exchange, and whether an attacker made it.
type made struct {
	detector.Exchange
	hostile bool
}

// caller is a program that calls the application's interface.
type caller struct {
	client  netip.Addr
	agent   string
	headers []string
	calls   float64 // a day
}

// madeUpBegin is when all made-up sites begin: a Monday.
var madeUpBegin = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func newApplication(name string, days int, visits float64, seed uint64) *application {
	a := &application{
		name: name, host: "www.example.org", days: days, visits: visits, disk: make(disk), begin: madeUpBegin,
		r: rand.New(rand.NewPCG(seed, uint64(hash(name)))), //nolint:gosec // to be repeatable is its purpose
	}
	a.assets = []string{"/static/site.css", "/static/site.js", "/static/logo.png", "/favicon.ico"}
	return a
}

// exchanges returns those of the next day, in the order of time; nil when it is over.
func (a *application) exchanges() []made {
	if a.day >= a.days {
		return nil
	}
	a.list, a.written = a.list[:0], a.written[:0]
	if a.day > 0 {
		a.change(a, a.day)
	}
	weekday := 1.0
	if a.day%7 >= 5 {
		weekday = 0.6
	}
	for range a.count(a.visits * weekday) {
		a.visit()
	}
	for _, c := range a.callers {
		a.callAll(c)
	}
	a.crawl()
	for range a.count(3) {
		a.scan()
	}
	if a.admin != nil {
		a.admin(a)
	}
	slices.SortStableFunc(a.list, func(x, y made) int { return x.Time.Compare(y.Time) })
	a.day++
	return a.list
}

// count draws a whole number with the mean given, as independent events give (Poisson,
// by its normal approximation).
func (a *application) count(mean float64) int {
	return max(0, int(math.Round(mean+math.Sqrt(mean)*a.r.NormFloat64())))
}

// moment is a time of the day: most come in the afternoon.
func (a *application) moment() time.Time {
	hour := math.Mod(15+5*a.r.NormFloat64()+48, 24)
	return a.begin.Add(time.Duration((float64(a.day)*24 + hour) * float64(time.Hour)))
}

// any draws a resource by weight: a few are asked for by most.
func (a *application) any(list []*resource) *resource {
	sum := 0.0
	for _, p := range list {
		sum += p.now(a.day)
	}
	at := a.r.Float64() * sum
	for _, p := range list {
		if at -= p.now(a.day); at <= 0 {
			return p
		}
	}
	return list[len(list)-1]
}

func (p *resource) now(day int) float64 {
	if p.half == 0 {
		return p.weight
	}
	return p.weight * math.Exp2(-float64(day-p.born)/p.half)
}

// popularity is heavy-tailed (Pareto, of index 1, between 0.05 and 5).
func (a *application) popularity() float64 { return 0.05 / (a.r.Float64() + 0.01) }

// fresh makes a name that was not used before.
func (a *application) fresh(prefix string) string {
	a.names++
	return fmt.Sprintf("%s%s-%d", prefix, nouns[a.r.IntN(len(nouns))], a.names)
}

var nouns = []string{"offer", "event", "guide", "team", "press", "list", "item", "shop", "map", "report", "plan", "help", "gallery", "table", "course"}

// page adds something to read, with up to two parameters.
func (a *application) page(path, ran string) *resource {
	p := &resource{path: path, ran: ran, weight: a.popularity(), born: a.day, length: 4000 + int64(a.r.IntN(30000))}
	for _, name := range []string{"page", "sort", "lang"} {
		if a.r.IntN(5) == 0 {
			p.params = append(p.params, name)
		}
	}
	a.pages = append(a.pages, p)
	a.deploy(p)
	return p
}

// entry adds a form that a page holds.
func (a *application) entry(path, ran, page string, fields ...string) *resource {
	p := &resource{path: path, ran: ran, sent: true, form: page, fields: fields, weight: a.popularity() + 0.1, born: a.day, length: 1500 + int64(a.r.IntN(3000))}
	a.forms = append(a.forms, p)
	a.deploy(p)
	return p
}

// deploy writes the file of a resource.
func (a *application) deploy(p *resource) {
	name := p.path
	if p.ran != "" {
		name = p.ran
	}
	if !namer.Name(name).Script {
		return
	}
	if _, ok := a.disk[name]; ok && p.ran != "" {
		return // the front controller stays as it is
	}
	a.written = append(a.written, name)
	at := a.begin.Add(time.Duration(a.day) * 24 * time.Hour)
	if a.day == 0 {
		at = a.begin.Add(-90 * 24 * time.Hour)
	}
	a.disk.write(name, at)
}
