package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/alert"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// reaction is what the operator of a made-up site does about its changes.
type reaction string

const (
	nobody    reaction = "none"
	approves  reaction = "approves what was told, the next day"
	announces reaction = "announces each deployment"
)

// changeRow is what was told of a made-up site, after it had learned by itself.
type changeRow struct {
	Site     string         `json:"site"`
	Facts    string         `json:"facts"`
	Operator reaction       `json:"operator"`
	Requests int            `json:"requests"` // judged, of honest visitors
	Days     float64        `json:"days"`
	Learned  float64        `json:"learned_days"`
	Alerts   int            `json:"alerts"`   // about honest visitors
	Known    int            `json:"known"`    // of the alerts, about what is not a new script
	Refused  int            `json:"refused"`  // of their requests
	Harmed   int            `json:"harmed"`   // of the refused, to what is not a new script
	Scanners int            `json:"scanners"` // alerts about those who look for holes
	Hostile  int            `json:"hostile"`  // requests of theirs
	Signals  map[string]int `json:"signals"`  // false alerts, by what fired
	Paths    map[string]int `json:"paths"`    // and by what they are about
}

// playChange plays a made-up site through a guard in block mode with default options.
func playChange(a *application, facts string, operator reaction) (changeRow, error) {
	row := changeRow{Site: a.name, Facts: facts, Operator: operator, Signals: make(map[string]int), Paths: make(map[string]int)}
	options := detector.DefaultOptions()
	if a.root != "" && facts == inline {
		options.Files = a.disk
	}
	d, err := detector.New(options)
	if err != nil {
		return row, err
	}
	memory := detector.NewMemory(baseline.NewSeededSite(a.name, a.begin, secret))
	var e detector.Evaluation
	var alerts alert.Alerts
	told, last := a.begin, a.begin
	var about []baseline.Key // what was told that day
	for list := a.exchanges(); list != nil; list = a.exchanges() {
		if memory.Phases.Closed().IsZero() {
			about = nil
		}
		if operator == announces && !memory.Phases.Closed().IsZero() {
			for _, name := range a.written {
				about = append(about, baseline.Key{Root: a.rootIn(facts), Path: name})
			}
		}
		if operator != nobody && len(about) > 0 {
			if err := memory.Decisions.SetTrust(about, baseline.Trusted, baseline.Author{Via: string(operator)}, list[0].Time, options.Limits); err != nil {
				return row, fmt.Errorf("%s: %w", a.name, err)
			}
		}
		about = about[:0]
		for i := range list {
			x := &list[i].Exchange
			if facts == asLog {
				asLogged(x)
				x.EffectivePath, x.Root, x.EffectiveRoot = x.Path, "", ""
			}
			client := x.Client
			seen, refused := inBlock(&e, d, memory, x)
			last = x.Time
			j := e.Judgement()
			if j.Phase == baseline.Enforcing {
				row.count(list[i].hostile)
				if seen && j.Verdict != detector.Clean {
					notice := alerts.Notify(alert.EventOf(j, client, memory.Hash.Network(client)))
					row.note(j, notice.Notify, refused != notRefused, list[i].hostile)
					if operator == approves && notice.Notify && !list[i].hostile {
						about = append(about, baseline.Key{Root: j.Script.Root, Path: strings.Clone(j.Script.Path)})
					}
				}
			}
			if x.Time.Sub(told) >= time.Minute {
				alerts.Summaries(x.Time)
				told = x.Time
			}
		}
	}
	if closed := memory.Phases.Closed(); !closed.IsZero() {
		row.Learned, row.Days = days(closed.Sub(a.begin)), days(last.Sub(closed))
	}
	return row, nil
}

// rootIn is the document root that a guard with the facts knows.
func (a *application) rootIn(facts string) string {
	if facts == asLog {
		return ""
	}
	return a.root
}

func (r *changeRow) count(hostile bool) {
	if hostile {
		r.Hostile++
	} else {
		r.Requests++
	}
}

func (r *changeRow) note(j *detector.Judgement, told, refused, hostile bool) {
	switch {
	case hostile:
		if told {
			r.Scanners++
		}
		return
	case refused:
		r.Refused++
		if !j.Fired(signal.NewScriptID) {
			r.Harmed++
		}
	}
	if told {
		r.Alerts++
		if !j.Fired(signal.NewScriptID) {
			r.Known++
		}
		r.Signals[namesOf(j)]++
		r.Paths[j.Script.Path]++
	}
}

// namesOf lists the signals that count for the verdict.
func namesOf(j *detector.Judgement) string {
	var list []string
	for _, f := range j.Findings() {
		if f.Bits > 0 {
			list = append(list, f.Name)
		}
	}
	return strings.Join(list, ", ")
}

// commonest lists the n most frequent keys.
func commonest(count map[string]int, n int) []string {
	list := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), strings.Compare(a, b))
	})
	return list[:min(n, len(list))]
}
