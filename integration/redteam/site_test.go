package redteam

import (
	"testing"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// The pages of the simulated site. As on any site there are some that few visit:
// of these two take POSTs from one network.
var (
	commonPages = []string{"/index.php", "/news.php", "/about.php", "/contact.php"}
	rarePages   = []string{"/imprint.php", "/old/map.php", "/feed.php", "/print.php", "/admin/report.php", "/admin/stock.php"}
)

// notFound is what the site answers to names that are not there, and home how
// its pages begin.
const (
	notFound = "<html><head><title>Not found</title></head><body><h1>Sorry, we could not find the page that you asked for</h1>" +
		"<p>Perhaps it has moved. Try our search, or go back to the start of the shop.</p></body></html>"
	home = "<html><head><title>A small shop</title></head><body><h1>Welcome to the small shop of paper and ink</h1>" +
		"<p>Today we offer notebooks, pencils, fountain pens and envelopes of all sizes.</p></body></html>"
)

// live is a day of honest traffic by sixty networks, and of the scanners that
// every site has.
func (s *target) live() {
	s.t.Helper()
	begin := s.now
	for n := range 60 {
		s.now = begin.Add(time.Duration(n) * 20 * time.Minute)
		s.honest(s.get("/index.php", honest(n), answering(200, home)))
		for _, page := range commonPages {
			s.honest(s.get(page, honest(n), referred))
		}
		if n%5 == 0 {
			s.honest(s.post("/contact.php", honest(n), referred))
		}
		if n < 20 {
			s.honest(s.get("/uploads/photo.jpg", honest(n), referred, func(x *detector.Exchange) { x.ContentType = "image/jpeg" }))
		}
	}
	for _, page := range []string{"/admin/report.php", "/admin/stock.php"} {
		s.honest(s.get(page, honest(3), referred))
		s.honest(s.post(page, honest(3), referred))
	}
	for _, probe := range []string{"/wp-login.php", "/xmlrpc.php", "/phpmyadmin/index.php", "/1.php"} {
		s.play(s.get(probe, attacker(900), answering(404, notFound)))
	}
	s.now = begin.Add(day)
}

// honest plays an exchange that must be clean.
func (s *target) honest(x detector.Exchange) {
	s.t.Helper()
	if v, _ := s.play(x); v != detector.Clean {
		s.t.Fatalf("honest traffic to %s is %s", x.Path, v)
	}
}

// liveUntilEnforcing lets a site learn, which takes it four days, and has
// somebody else do something after each.
func (s *target) liveUntilEnforcing(meanwhile func()) {
	s.t.Helper()
	s.learn(meanwhile)
	if s.phase() != baseline.Enforcing {
		s.t.Fatal("still learning")
	}
}

func (s *target) learn(meanwhile func()) {
	s.t.Helper()
	for i, page := range rarePages[:4] {
		s.honest(s.get(page, honest(i), referred))
	}
	for range 4 {
		s.live()
		if meanwhile != nil {
			meanwhile()
		}
	}
}

func (s *target) phase() baseline.Phase { return s.m.Phases.Advance(s.now, s.d.Limits()) }

// learned is a site that has learned in peace, with a known root or without.
func learned(t *testing.T, root string) *target {
	t.Helper()
	s := newTarget(t, root)
	s.liveUntilEnforcing(nil)
	return s
}

// review tells where a script is on the list that the operator is asked to read.
func (s *target) review(path string) (place, of int) {
	list, _ := s.m.Scripts.Review()
	for i, p := range list {
		if p.Key() == s.key(path) {
			return i + 1, len(list)
		}
	}
	return 0, len(list)
}

// visits has the address read two pages of the site, as anybody does who wants
// to look like a visitor.
func (s *target) visits(x detector.Exchange) detector.Exchange {
	for _, page := range []string{"/index.php", "/news.php"} {
		seen := s.get(page, x.Client, referred)
		seen.Time = x.Time
		s.play(seen)
	}
	return x
}
