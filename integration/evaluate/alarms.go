package main

import (
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/alert"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// alarms is what rules make of a site's own traffic, after learning. Whatever
// they say is taken for false, though the logs hold probes and perhaps worse.
type alarms struct {
	Site       string  `json:"site"`
	Pages      bool    `json:"pages"`    // with invented pages for what is not there
	Requests   int     `json:"requests"` // judged
	Days       float64 `json:"days"`
	Alerts     int     `json:"alerts"`  // told at once
	Scripts    int     `json:"scripts"` // that they are about
	Repeated   int     `json:"repeated"`
	Suspicious int     `json:"suspicious"`
	Malicious  int     `json:"malicious"`
	Refused    int     `json:"refused"`
	Review     int     `json:"review"`
	Peers      []int   `json:"peers"`
	Without    []int   `json:"without"` // alerts, by the family left out
	Differed   int     `json:"differed"`
	Told       []alarm `json:"told"`
}

// alarm is one thing that a person would have been told.
type alarm struct {
	Script  string  `json:"script"`
	Verdict string  `json:"verdict"`
	Score   float64 `json:"score"`
	Facts   string  `json:"facts"`
	Signals string  `json:"signals"`
}

// alarmsOf plays a site's log with nothing in it.
func alarmsOf(s *site, pages bool) (alarms, error) {
	rules := peers()
	a := alarms{Site: s.name, Pages: pages, Days: days(s.last.Sub(s.closes)), Peers: make([]int, len(rules)), Without: make([]int, len(families))}
	told, toldAt := make([]alert.Alerts, len(families)), s.closes
	entries := s.entries
	if pages {
		entries = s.served
	}
	review, summaries, err := play(s, entries, nil, func(at *seen) {
		for i, p := range rules {
			if p.sees(at.x) && at.judged {
				a.Peers[i]++
			}
		}
		if !at.judged {
			return
		}
		a.Requests++
		a.note(at)
		if at.x.Time.Sub(toldAt) >= time.Minute {
			for i := range told {
				told[i].Summaries(at.x.Time)
			}
			toldAt = at.x.Time
		}
		for i := range told {
			if w := weigh(at.e, signal.Family(i), false); w.verdict != detector.Clean {
				event := alert.EventOf(at.final, at.x.Client, at.memory.Hash.Network(at.x.Client))
				if event.Verdict = w.verdict; told[i].Notify(event).Notify {
					a.Without[i]++
				}
			}
		}
	})
	a.Review, a.Repeated = len(review), summaries
	about := make(map[string]bool)
	for _, t := range a.Told {
		about[t.Script] = true
	}
	a.Scripts = len(about)
	return a, err
}

func (a *alarms) note(at *seen) {
	switch at.final.Verdict {
	case detector.Suspicious:
		a.Suspicious++
	case detector.Malicious:
		a.Malicious++
	}
	if at.refused {
		a.Refused++
	}
	w := weigh(at.e, allFamilies, at.notified)
	if w.verdict != at.final.Verdict {
		a.Differed++
	}
	if at.notified {
		a.Alerts++
		a.Told = append(a.Told, alarm{Script: at.final.Script.Path, Verdict: at.final.Verdict.String(), Score: at.final.Score,
			Facts: describe(at), Signals: w.fired})
	}
}
