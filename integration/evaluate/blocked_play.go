package main

import (
	"slices"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// outcome is what became of an attack on a site in block mode.
type outcome struct {
	Requests int `json:"requests"`
	Alert    int `json:"alert"`  // the number of its first request that was not clean, from 1; 0 if none was
	Refused  int `json:"refuse"` // and of the first that did not reach the program
	// Before counts the commands that took effect before the first was refused, Effective all.
	Before    int `json:"before_refusal"`
	Effective int `json:"effective"`
	// Review is its place in the review list, from 1; 0 if it is not there.
	Review int `json:"review"`
}

// note takes down what became of one request of the attack.
func (o *outcome) note(seen, refused bool) {
	o.Requests++
	if seen && o.Alert == 0 {
		o.Alert = o.Requests
	}
	if refused {
		if o.Refused == 0 {
			o.Refused = o.Requests
		}
		return
	}
	o.Effective++
	if o.Refused == 0 {
		o.Before++
	}
}

// assault is an attack in a site's traffic.
type assault struct {
	site      *site
	entries   []detector.Exchange // the site's own traffic, with the facts that are known of it
	files     detector.Files      // nil if no root is known
	prepared  []detector.Exchange // by the attacker, but no commands
	exchanges []detector.Exchange // the commands
	script    string              // where the commands go
}

// play plays the site's traffic up to the end of the attack, or of learning if that is
// later, through a guard in block mode. What it refuses does not reach the program.
func (a *assault) play() (o outcome, err error) {
	options := detector.DefaultOptions()
	options.Limits.LearnMin, options.Files = never, a.files
	d, err := detector.New(options)
	if err != nil {
		return o, err
	}
	memory := detector.NewMemory(baseline.NewSeededSite(a.site.name, a.site.first, secret))
	last := a.exchanges[len(a.exchanges)-1].Time
	var e detector.Evaluation
	enforcing := false
	theirs := newMerge(a.entries, a.prepared, a.exchanges)
	for x, from := theirs.next(); x != nil; x, from = theirs.next() {
		if !enforcing && !x.Time.Before(a.site.closes) {
			memory.Phases.Enforce(baseline.Author{Via: "the part for learning is over"}, a.site.closes)
			o.Review, enforcing = 1+slices.Index(reviewed(memory), a.script), true
		}
		if enforcing && x.Time.After(last) {
			break
		}
		exchange := *x
		seen, refused := inBlock(&e, d, memory, &exchange)
		if from == 2 {
			o.note(seen, refused == signal.AtRequest)
		}
	}
	return o, nil
}

// notRefused is no stage.
const notRefused signal.Stage = 255

// inBlock carries an exchange through its stages as the handler does in block mode. It
// reports whether it was not clean at any of them, and at which it was refused.
func inBlock(e *detector.Evaluation, d *detector.Detector, m *detector.Memory, x *detector.Exchange) (seen bool, refused signal.Stage) {
	j, answered := e.Judgement(), *x
	x.Status, x.EffectivePath, x.EffectiveRoot = 0, "", "" // nothing has run yet
	refused = notRefused
	stage := func(at signal.Stage) bool {
		seen = seen || j.Verdict != detector.Clean
		if j.Refusal != detector.NotRefused {
			refused = at
			if x.Status == 0 {
				x.Status = 403 // which the guard answers itself
			}
		}
		return refused != notRefused
	}
	defer func() {
		e.Learn()
		m.Flush()
	}()
	if e.Begin(d, m, x); stage(signal.AtRequest) {
		return seen, refused
	}
	if len(x.Body) > 0 && e.BodyWanted() {
		if e.Body(x.Body[:min(len(x.Body), detector.PrefetchLen)]); stage(signal.AtRequest) {
			return seen, refused
		}
	}
	x.Status, x.EffectivePath, x.EffectiveRoot = answered.Status, answered.EffectivePath, answered.EffectiveRoot
	if e.Respond(); stage(signal.AtResponse) {
		return seen, refused
	}
	e.AnswerWanted()
	e.Conclude()
	seen = seen || j.Verdict != detector.Clean
	return seen, refused
}

// merge reads several lists in the order of time.
type merge struct{ lists [][]detector.Exchange }

func newMerge(lists ...[]detector.Exchange) *merge { return &merge{lists: lists} }

// next returns the next exchange and which list it is of; nil at the end.
func (m *merge) next() (*detector.Exchange, int) {
	best, at := -1, time.Time{}
	for i, list := range m.lists {
		if len(list) > 0 && (best < 0 || list[0].Time.Before(at)) {
			best, at = i, list[0].Time
		}
	}
	if best < 0 {
		return nil, 0
	}
	x := &m.lists[best][0]
	m.lists[best] = m.lists[best][1:]
	return x, best
}
