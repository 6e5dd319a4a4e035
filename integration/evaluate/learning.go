package main

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
)

// learningRow is how a site's learning went.
type learningRow struct {
	Log       string  `json:"log"`
	Requests  int     `json:"requests"`
	Malformed int     `json:"malformed"`
	Days      float64 `json:"days"`
	Scripts   int     `json:"scripts"`
	Routes    int     `json:"routes"`
	// Enforced is after how many days learning ended, negative if it did not.
	Enforced float64 `json:"enforced_after_days"`
	// Coverage is that at the end of learning, or of the log, and Samples what it
	// rests on.
	Coverage float64 `json:"coverage"`
	Samples  int     `json:"samples"`
	// Drift is the share of the last whole day's samples that were of scripts new
	// that day, when learning ended.
	Drift float64 `json:"drift"`
	// Later are the visits to scripts after learning ended, Unseen those of them to
	// scripts that learning had not seen.
	Later  int `json:"later_visits"`
	Unseen int `json:"unseen_visits"`
	// UnseenSamples and LaterSamples count the first visits of each script, client
	// network and day, which is what coverage is about.
	LaterSamples  int `json:"later_samples"`
	UnseenSamples int `json:"unseen_samples"`
	Review        int `json:"review"`
}

const learningHeader = "| log | requests (malformed) | days | scripts | routes | enforcing after | coverage (samples) | drift | later visits: unseen | first visits per network and day: unseen, predicted | review |\n" +
	"|---|---|---|---|---|---|---|---|---|---|---|"

func (r learningRow) String() string {
	enforced, later, samples := "not reached", "–", "–"
	if r.Enforced >= 0 {
		enforced = fmt.Sprintf("%.1f days", r.Enforced)
		later = fmt.Sprintf("%d: %s", r.Later, percent(r.Unseen, r.Later))
		samples = fmt.Sprintf("%d: %s, at most %.1f %%", r.LaterSamples, percent(r.UnseenSamples, r.LaterSamples), 100*(1-r.Coverage))
	}
	return fmt.Sprintf("| %s | %d (%d) | %.1f | %d | %d | %s | %.3f (%d) | %.0f %% | %s | %s | %d |",
		r.Log, r.Requests, r.Malformed, r.Days, r.Scripts, r.Routes, enforced, r.Coverage, r.Samples, 100*r.Drift, later, samples, r.Review)
}

func percent(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

// learn plays a log through a detector with the default options.
func learn(entries []detector.Exchange) (row learningRow, err error) {
	if len(entries) == 0 {
		return row, errors.New("the log has no requests")
	}
	options := detector.DefaultOptions()
	d, err := detector.New(options)
	if err != nil {
		return row, err
	}
	first, last := entries[0].Time, entries[len(entries)-1].Time
	memory := detector.NewMemory(baseline.NewSeededSite("log", first, secret))
	row.Requests, row.Days = len(entries), days(last.Sub(first))
	seen := make(map[sample]bool)
	var e detector.Evaluation
	for i := range entries {
		x := &entries[i]
		e.Whole(d, memory, x, func(*detector.Judgement) {})
		if j := e.Judgement(); j.Phase == baseline.Enforcing && j.Script.Path != "" && j.Exists && !e.Features().Script.Route {
			row.later(j, x.Client, memory, seen)
		}
		e.Learn()
		memory.Flush()
		if memory.Phases.Advance(x.Time, options.Limits) == baseline.Learning {
			row.note(memory)
		} else if row.Enforced == 0 {
			row.note(memory)
			row.Enforced = days(memory.Phases.Closed().Sub(first))
		}
	}
	if row.Enforced == 0 {
		row.Enforced = -1
		memory.Phases.Enforce(baseline.Author{Via: "the log ends"}, last)
		list, _ := memory.Scripts.Review()
		row.Review = len(list)
	}
	return row, nil
}

// note takes down what is known at the end of learning, so far.
func (r *learningRow) note(m *detector.Memory) {
	r.Scripts = m.Scripts.Count(baseline.Trusted) + m.Scripts.Count(baseline.Provisional)
	r.Routes = m.Routes.Count()
	r.Coverage, r.Samples = m.Coverage.Value()
	r.Drift, _ = m.Coverage.NoveltyDrift()
	list, _ := m.Scripts.Review()
	r.Review = len(list)
}

// sample is a script, a client network and a day.
type sample struct {
	key     baseline.Key
	network uint64
	day     int64
}

func (r *learningRow) later(j *detector.Judgement, client netip.Addr, m *detector.Memory, seen map[sample]bool) {
	s := sample{key: j.Script, network: m.Hash.Network(client), day: j.Time.Unix() / 86400}
	p := m.Scripts.Lookup(j.Script)
	unseen := p == nil || p.Novel()
	r.Later++
	if unseen {
		r.Unseen++
	}
	if seen[s] {
		return
	}
	seen[s] = true
	r.LaterSamples++
	if unseen {
		r.UnseenSamples++
	}
}

func days(d time.Duration) float64 { return d.Hours() / 24 }
