package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// began is when the sites' clocks begin.
var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// site is a site that enforces, and what visits it.
type site struct {
	d        *detector.Detector
	m        *detector.Memory
	scripts  []string
	networks int
	random   *rand.Rand
	e        detector.Evaluation
}

func newSite(scripts, networks int) *site {
	o := detector.DefaultOptions()
	o.Limits = baseline.Limits{LearnMin: time.Hour, MaxScripts: max(scripts, 100_000)}
	d, err := detector.New(o)
	if err != nil {
		panic(err) // of constants
	}
	s := &site{d: d, m: detector.NewMemory(baseline.NewSite("a", began)), networks: networks, random: rand.New(rand.NewPCG(1, 1))}
	for n := range scripts {
		s.scripts = append(s.scripts, fmt.Sprintf("/wp-content/plugins/plugin-%d/file-%d.php", n%997, n))
	}
	for n := range 3 * scripts {
		s.ask(s.scripts[n%scripts], n/scripts, began)
	}
	s.m.Phases.Enforce(baseline.Author{Via: "measured"}, began.Add(2*time.Hour))
	return s
}

func withScripts(size int) *site { return newSite(size, 3) }

// withClients returns a site of few scripts that as many networks visited.
func withClients(size int) *site {
	s := newSite(least, size)
	for n := range size {
		s.ask(s.scripts[n%least], n, began.Add(3*time.Hour))
	}
	return s
}

// ask is a browser's exchange with a script that answers.
func (s *site) ask(script string, network int, now time.Time) *detector.Judgement {
	return s.exchange(script, network, 200, now)
}

func (s *site) exchange(path string, network, status int, now time.Time) *detector.Judgement {
	var address [4]byte
	binary.BigEndian.PutUint32(address[:], 10<<24+uint32(network)<<8+1)
	x := detector.Exchange{
		Known: detector.KnownReferer | detector.KnownOrigin | detector.KnownBody | detector.KnownClient,
		Time:  now, Method: "GET", Path: path, EffectivePath: path, Host: "example.com", Query: "id=1&page=2",
		Client: netip.AddrFrom4(address), Referer: "https://example.com/shop/", Agent: agent, Header: header, Status: status, Length: 12_345,
	}
	s.e.Begin(s.d, s.m, &x)
	s.e.Respond()
	s.e.Learn()
	return s.e.Judgement()
}

const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

var header = map[string][]string{
	"Accept": {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, "Accept-Encoding": {"gzip, deflate, br, zstd"},
	"Accept-Language": {"en-GB,en;q=0.5"}, "Cookie": {"session=0123456789abcdef; theme=dark"}, "User-Agent": {agent},
}

// cost returns the time of an exchange with one of the scripts, by one of the networks,
// at random, in nanoseconds.
func (s *site) cost(exchanges int) float64 {
	start := time.Now()
	for range exchanges {
		s.ask(s.scripts[s.random.IntN(len(s.scripts))], s.random.IntN(s.networks), began.Add(4*time.Hour))
	}
	return float64(time.Since(start).Nanoseconds()) / float64(exchanges)
}
