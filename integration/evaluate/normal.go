package main

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/alert"
)

// ordinary is what the detector makes of the recorded traffic of ordinary
// applications.
type ordinary struct {
	Site       string         `json:"site"`
	Knows      string         `json:"knows"` // what the site had learned
	Exchanges  int            `json:"exchanges"`
	Scripts    int            `json:"scripts"` // distinct paths
	Suspicious int            `json:"suspicious"`
	Malicious  int            `json:"malicious"`
	Refused    int            `json:"refused"`
	Alerts     int            `json:"alerts"`
	Signals    map[string]int `json:"signals"`  // exchanges not clean, by what fired
	Refusals   map[string]int `json:"refusals"` // exchanges refused, by what fired
}

// What a site may know of the applications.
const (
	knowsNames  = "their scripts, by bare GET and POST"
	knowsHalf   = "the first half of the recording"
	knowsAll    = "the whole recording, from other clients"
	knowsNobody = "other scripts only"
)

// ordinaryOf plays recorded traffic against sites that know of it more or less.
func ordinaryOf(s *session) (list []ordinary, err error) {
	for _, knows := range []string{knowsNames, knowsHalf, knowsAll, knowsNobody} {
		d, err := newDetector()
		if err != nil {
			return nil, err
		}
		begin := s.exchanges[0].Time.Add(-30 * 24 * time.Hour)
		memory := detector.NewMemory(baseline.NewSeededSite(s.name, begin, secret))
		rest := s.exchanges
		switch knows {
		case knowsNames:
			teach(d, memory, bare(s.exchanges, begin))
		case knowsHalf, knowsAll:
			half := len(s.exchanges)
			if knows == knowsHalf {
				half /= 2
			}
			learned := bare(s.exchanges[:half], begin)
			for _, r := range s.exchanges[:half] {
				learned = append(learned, r.Exchange)
			}
			teach(d, memory, learned)
			if knows == knowsHalf {
				rest = s.exchanges[half:]
			}
		case knowsNobody:
			home := s.exchanges[0].Exchange
			home.Path, home.EffectivePath, home.RawPath, home.Query = "/other.php", "/other.php", "", ""
			home.Method, home.Body, home.HasBody, home.Sent, home.Status = "GET", nil, false, 0, 200
			teach(d, memory, []detector.Exchange{home})
		}
		memory.Phases.Enforce(baseline.Author{Via: "it is known"}, rest[0].Time)
		list = append(list, count(d, memory, s.name, knows, rest))
	}
	return list, nil
}

// visits is how often each exchange is learned, and from how many networks.
const visits = 20

func teach(d *detector.Detector, m *detector.Memory, list []detector.Exchange) {
	var e detector.Evaluation
	for i := range list {
		for n := range visits {
			x := list[i]
			x.Client = netip.AddrFrom4([4]byte{198, 18, byte(n), 1})
			at := seen{x: &x, index: -1, memory: m, e: &e, final: e.Judgement()}
			judge(d, &at)
			e.Learn()
			m.Flush()
		}
	}
}

// bare returns a GET and a POST to each path, of which nothing but the path and
// the answer is as recorded. Only POSTs were recorded, but to most of them a page
// with a form led.
func bare(recording []recorded, at time.Time) (list []detector.Exchange) {
	done := make(map[string]bool)
	for _, r := range recording {
		if done[r.Path] {
			continue
		}
		done[r.Path] = true
		x := detector.Exchange{
			Known: r.Known, Time: at, Method: "GET", Path: r.Path, RawPath: r.RawPath, EffectivePath: r.Path, Host: r.Host,
			Status: 200, ContentType: "text/html", Length: r.Length,
		}
		list = append(list, x)
		x.Method, x.Status, x.ContentType = "POST", r.Status, r.ContentType
		list = append(list, x)
	}
	return list
}

// count plays what is left, and counts.
func count(d *detector.Detector, m *detector.Memory, site, knows string, rest []recorded) ordinary {
	sum := ordinary{Site: site, Knows: knows, Exchanges: len(rest), Signals: make(map[string]int), Refusals: make(map[string]int)}
	paths := make(map[string]bool)
	var e detector.Evaluation
	var alerts alert.Alerts
	judgement := e.Judgement()
	for i := range rest {
		x := rest[i].Exchange
		paths[x.Path] = true
		at := seen{x: &x, index: -1, memory: m, e: &e, final: judgement}
		judge(d, &at)
		if at.refused {
			sum.Refused++
			var names []string
			for _, finding := range at.refusal.Findings() {
				names = append(names, fmt.Sprintf("%s %+.1f", finding.Name, finding.Bits))
			}
			sum.Refusals[strings.Join(names, ", ")]++
		}
		switch judgement.Verdict {
		case detector.Suspicious:
			sum.Suspicious++
		case detector.Malicious:
			sum.Malicious++
		}
		if judgement.Verdict != detector.Clean {
			sum.Signals[weigh(&e, allFamilies, true).fired]++
			if alerts.Notify(alert.EventOf(judgement, x.Client, m.Hash.Network(x.Client))).Notify {
				sum.Alerts++
			}
		}
		e.Learn()
		m.Flush()
	}
	sum.Scripts = len(paths)
	return sum
}
