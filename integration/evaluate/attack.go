package main

import (
	"math/rand/v2"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// attack is a way to bring the commands of a recorded session to a program.
type attack struct {
	group, name string
	world       world
	facts       []string // with which it is tried
	within      int      // requests in which it should be found
	target      uint64   // the share of attacks, in percent, that should be
	// targets are the paths that commands may go to; nil without such a place.
	targets func(s *site, r *rand.Rand) []string
	// change makes an exchange of the attack out of a recorded one.
	change func(x *detector.Exchange, s *site)
	// ran is what runs for the target; the target itself if empty.
	ran string
	// dropped is true if a file is written for the target.
	dropped bool
	// prepares are requests of the attacker before, that bring no command.
	prepares func(s *site, r *rand.Rand) []detector.Exchange
	// networks use the shell while the site is learned, if not 0.
	networks int
}

// world is how a site is made out of a log.
type world uint8

const (
	worldAsIs world = iota
	worldRooted
	worldRouted
	worldFronted
	worlds
)

// at puts a recorded session into a site.
func (a *attack) at(s *site, from *session, facts string, seed uint64) (*assault, bool) {
	r := rand.New(rand.NewPCG(seed, uint64(hash(a.group, a.name, s.name, from.name)))) //nolint:gosec // to be repeatable is its purpose
	list := a.targets(s, r)
	if len(list) == 0 {
		return nil, false
	}
	out := &assault{site: s, script: list[r.IntN(len(list))]}
	begin, end := s.closes, s.last
	if a.networks > 0 {
		begin, end = s.first, s.closes
	}
	if a.prepares != nil {
		begin = begin.Add(end.Sub(begin) / 2)
		out.prepared = a.prepares(s, r)
	}
	room := max(1, end.Sub(begin)-from.duration()-time.Minute)
	start := begin.Add(time.Minute + time.Duration(r.Int64N(int64(room))))
	client := s.stranger(r)
	for i := range from.exchanges {
		x := from.exchanges[i].Exchange
		x.Time = start.Add(x.Time.Sub(from.exchanges[0].Time))
		x.Client, x.Host, x.Root, x.EffectiveRoot = client, s.host, "", ""
		x.Path, x.EffectivePath, x.RawPath, x.Query = out.script, out.script, "", ""
		if a.world == worldRooted || a.world == worldFronted {
			x.Root, x.EffectiveRoot = serverRoot, serverRoot
		}
		if a.ran != "" {
			x.EffectivePath = a.ran
		}
		x.Header = cloneHeader(x.Header)
		if a.change != nil {
			a.change(&x, s)
		}
		out.exchanges = append(out.exchanges, x)
	}
	if a.networks > 1 {
		a.share(out, s, r)
	}
	a.know(out, facts, start)
	return out, true
}

// share has several networks use the shell, each for a part of the session and at a
// time of its own while the site is learned.
func (a *attack) share(out *assault, s *site, r *rand.Rand) {
	parts := min(a.networks, len(out.exchanges))
	room := s.closes.Sub(s.first) / time.Duration(parts+1)
	for p := range parts {
		lot := out.exchanges[p*len(out.exchanges)/parts : (p+1)*len(out.exchanges)/parts]
		start := s.first.Add(time.Duration(p)*room + time.Duration(r.Int64N(int64(room))))
		client := s.stranger(r)
		for i := range lot {
			lot[i].Time, lot[i].Client = start.Add(time.Duration(i)*time.Second), client
		}
	}
	sortByTime(out.exchanges)
}

// know leaves of all exchanges what is known of them.
func (a *attack) know(out *assault, facts string, start time.Time) {
	s := out.site
	out.entries = s.served
	if facts == inline {
		if a.world == worldRooted || a.world == worldFronted {
			d := diskOf(s)
			if a.dropped {
				d.write(out.script, start.Add(-time.Hour))
			}
			out.files = d
		}
		return
	}
	out.entries = s.logged
	if facts == asLog {
		out.exchanges, out.prepared = unfronted(out.exchanges), unfronted(out.prepared)
	}
}
