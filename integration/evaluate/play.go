package main

import (
	"fmt"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/alert"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// never is a time of learning longer than any log: what ends learning is the
// harness, at the same moment for all.
const never = 100 * 365 * 24 * time.Hour

// secret makes what is counted in sketches the same in each run.
var secret = [2]uint64{1, 2}

func newDetector() (*detector.Detector, error) {
	options := detector.DefaultOptions()
	options.Limits.LearnMin = never
	return detector.New(options)
}

// seen is one exchange that was played, for those who count.
type seen struct {
	x        *detector.Exchange
	index    int // in the session; −1 if it is the site's own, −2 if before the shell
	judged   bool
	memory   *detector.Memory
	e        *detector.Evaluation
	final    *detector.Judgement // of e
	refused  bool                // block mode would have
	refusal  detector.Judgement
	notified bool // a person would have been told at once

	// Of the session's exchanges: what weighing again gave before the answer was
	// known, which nothing can refuse later.
	weighed, differed int
	without           [8]bool // refused without this family
}

// play plays a site's log, with a session in it or none, through a detector that
// learns until the site's learning ends, and tells of each exchange before it is
// learned from. It returns the memory as it was when learning ended (for its
// review list) and how many alerts would have been told again as summaries.
func play(s *site, entries []detector.Exchange, with *spliced, tell func(*seen)) (review []string, summaries int, err error) {
	d, err := newDetector()
	if err != nil {
		return nil, 0, err
	}
	memory := detector.NewMemory(baseline.NewSeededSite(s.name, s.first, secret))
	var e detector.Evaluation
	var alerts alert.Alerts
	judgement := e.Judgement()
	var exchange detector.Exchange
	enforcing, told := false, s.first
	own, theirs := entries, []detector.Exchange(nil)
	if with != nil {
		theirs = with.exchanges
	}
	for i, k := 0, 0; i < len(own) || k < len(theirs); {
		at := seen{index: -1, memory: memory, e: &e, final: judgement}
		if k < len(theirs) && (i == len(own) || theirs[k].Time.Before(own[i].Time)) {
			if at.x, at.index = &theirs[k], k-with.before; at.index < 0 {
				at.index = -2
			}
			k++
		} else {
			at.x = &own[i]
			i++
		}
		if !enforcing && !at.x.Time.Before(s.closes) {
			memory.Phases.Enforce(baseline.Author{Via: "the part for learning is over"}, s.closes)
			review, enforcing = reviewed(memory), true
		}
		at.judged, exchange = enforcing, *at.x
		at.x = &exchange
		judge(d, &at)
		if judgement.Verdict != detector.Clean {
			at.notified = alerts.Notify(alert.EventOf(judgement, at.x.Client, memory.Hash.Network(at.x.Client))).Notify
		}
		tell(&at)
		e.Learn()
		memory.Flush()
		if at.x.Time.Sub(told) >= time.Minute {
			list, _ := alerts.Summaries(at.x.Time)
			if enforcing {
				summaries += len(list)
			}
			told = at.x.Time
		}
	}
	return review, summaries, nil
}

// judge judges an exchange as the handler does, in a mode that refuses nothing.
func judge(d *detector.Detector, at *seen) {
	at.e.Whole(d, at.memory, at.x, func(*detector.Judgement) { at.stage() })
}

func reviewed(m *detector.Memory) (paths []string) {
	list, _ := m.Scripts.Review()
	for _, p := range list {
		paths = append(paths, p.Key().Path)
	}
	return paths
}

// stage takes down what is refused at a stage.
func (at *seen) stage() {
	if at.final.Refusal != detector.NotRefused {
		at.refused, at.refusal = true, *at.final
	}
	if at.index < 0 || !weighed(at.final) {
		return
	}
	at.weighed++
	if differs(at) {
		at.differed++
	}
	for i := range at.without {
		at.without[i] = at.without[i] || refuses(at.e, weigh(at.e, signal.Family(i), false))
	}
}

// describe says what an exchange is, in the facts that signals look at.
func describe(at *seen) string {
	x, j := at.x, at.final
	known := "not in the baseline"
	if p := at.memory.Scripts.Lookup(j.Script); p != nil {
		visits, _ := p.MethodCounts()
		known = fmt.Sprintf("%s, novel %t, %d visits from %d networks", p.Trust(), p.Novel(), visits, p.Networks())
	}
	return fmt.Sprintf("%s %d, body %d, query %d, %q, length %d, answered %t; script %s", x.Method, x.Status, x.Sent, len(x.Query), x.ContentType, x.Length, j.Exists, known)
}
