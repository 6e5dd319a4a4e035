package main

import (
	"runtime"
	"slices"
	"sync"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// found is what a rule made of a session: the number of the request, from 1, that
// first told; 0 if none did.
type found struct {
	Alert int `json:"alert"`
	Block int `json:"block"`
}

// trial is one session in one log.
type trial struct {
	Site     string `json:"site"`
	Scenario string `json:"scenario"`
	Session  string `json:"session"`
	Facts    string `json:"facts"` // "inline", "har" or "log"
	Script   string `json:"script"`
	Requests int    `json:"requests"`

	Ours     found   `json:"ours"`
	Peers    []found `json:"peers"`
	Review   bool    `json:"review"`
	Place    int     `json:"review_place"` // on the review list, from 1
	Told     bool    `json:"told"`         // when learning ended, as one that stands out
	Miss     *miss   `json:"miss,omitempty"`
	Without  []found `json:"without"` // ablation, by family
	Weighed  int     `json:"weighed"`
	Differed int     `json:"differed"` // from the detector's own verdict
}

const (
	inline = "inline"
	asHAR  = "har" // the session alone has bodies: the site is known by its log
	asLog  = "log"
)

// job is a run to be made.
type job struct {
	site     *site
	scenario scenario
	session  *session
	facts    string
}

// tryAll plays every session in every log in every way, and returns those there
// is a place for, in order.
func tryAll(data *dataset, seed uint64) ([]trial, error) {
	var jobs []job
	for _, facts := range []string{inline, asHAR, asLog} {
		for _, c := range scenarios() {
			for _, s := range data.sites {
				for i := range data.sessions {
					jobs = append(jobs, job{s, c, &data.sessions[i], facts})
				}
			}
		}
	}
	results, errs := make([]*trial, len(jobs)), make([]error, len(jobs))
	next := make(chan int)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				results[i], errs[i] = jobs[i].run(seed)
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	wait.Wait()
	var list []trial
	for i, r := range results {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if r != nil {
			list = append(list, *r)
		}
	}
	return list, nil
}

// run returns nil if the site has no place for the session.
func (j job) run(seed uint64) (*trial, error) {
	part, ok := splice(j.site, j.scenario, j.session, seed)
	if !ok {
		return nil, nil //nolint:nilnil // there is nothing to tell, and it is no error
	}
	if j.facts == asLog {
		for i := range part.exchanges {
			asLogged(&part.exchanges[i])
		}
	}
	rules := peers()
	r := &trial{Site: j.site.name, Scenario: j.scenario.name, Session: j.session.name, Facts: j.facts, Script: part.script,
		Requests: len(part.exchanges) - part.before, Peers: make([]found, len(rules)), Without: make([]found, len(families))}
	misses := new(missing)
	entries := j.site.served
	if j.facts != inline {
		entries = j.site.entries
	}
	compared := false
	review, _, err := play(j.site, entries, &part, func(at *seen) {
		if at.judged && !compared {
			compared = true
			p := at.memory.Scripts.Lookup(baseline.Key{Path: part.script})
			r.Told = p != nil && p.Standout().Told()
		}
		for i, p := range rules {
			if p.sees(at.x) && at.judged && at.index >= 0 {
				r.Peers[i].sees(at.index, true, false)
			}
		}
		if at.index >= 0 {
			r.note(at)
			if r.Ours.Alert == 0 {
				misses.note(at)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	r.Place = slices.Index(review, part.script) + 1
	r.Review = r.Place > 0
	if r.Ours.Alert == 0 {
		r.Miss = misses.worst()
	}
	return r, nil
}

func (r *trial) note(at *seen) {
	r.Ours.sees(at.index, at.final.Verdict != detector.Clean, at.refused)
	r.Weighed, r.Differed = r.Weighed+at.weighed, r.Differed+at.differed
	if weighed(at.final) {
		r.Weighed++
		if differs(at) {
			r.Differed++
		}
	}
	for i := range families {
		r.Without[i].sees(at.index, weigh(at.e, signal.Family(i), false).verdict != detector.Clean, at.without[i])
	}
}

// sees takes down the first alert and the first refusal.
func (f *found) sees(index int, alert, block bool) {
	if alert && f.Alert == 0 {
		f.Alert = index + 1
	}
	if block && f.Block == 0 {
		f.Block = index + 1
	}
}
