package replay

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector"
	"github.com/webshell-guard/caddy-webshell-guard/detector/alert"
)

// player judges entries in the order of time.
type player struct {
	detector *detector.Detector
	memory   *detector.Memory
	alerts   alert.Alerts
	files    []string
	tell     func(*Alert) error
	summary  Summary
	review   []Review
	closes   time.Time // from when on the site enforces
	open     bool      // it learns
	told     time.Time // of the last summaries
	new      newcomers

	evaluation detector.Evaluation
	refusal    detector.Judgement // at the stage refusedAt
	refusedAt  string
	stage      func(*detector.Judgement) // one for all entries
}

func newPlayer(o *Options, files []string, whole span, tell func(*Alert) error) (*player, error) {
	options := detector.DefaultOptions()
	if o.Detector != nil {
		options = *o.Detector
	}
	options.Limits.LearnMin = never
	d, err := detector.New(options)
	if err != nil {
		return nil, err
	}
	p := &player{detector: d, files: files, tell: tell, open: true, told: whole.first, new: newcomers{}}
	p.summary = Summary{Type: "summary", Requests: whole.entries + whole.malformed, Malformed: whole.malformed,
		From: whole.first, To: whole.last, Days: whole.last.Sub(whole.first).Hours() / 24}
	p.closes = whole.first.Add(time.Duration(o.LearnFraction * float64(whole.last.Sub(whole.first))))
	switch {
	case !o.LearnUntil.IsZero():
		p.closes = o.LearnUntil
	case o.LearnFraction == 1:
		p.closes = whole.last.Add(1) // the last entry too
	}
	site := o.Baseline
	if site == nil {
		site = newSite(o, &whole)
	}
	p.memory = detector.NewMemory(site)
	if closed := site.Phases.Closed(); !closed.IsZero() {
		p.closes, p.open = closed, false
		p.learned()
	}
	p.stage = func(j *detector.Judgement) {
		if j.Refusal != detector.NotRefused && p.refusedAt == "" {
			p.refusal, p.refusedAt = *j, j.Stage.String()
		}
	}
	return p, nil
}

// newSite returns the baseline to be learned. One that is not kept has a secret made
// of what the logs are as a whole, which nobody who wrote a few lines of them knows.
func newSite(o *Options, whole *span) *baseline.Site {
	name := cmp.Or(o.Site, "default")
	if o.Keep {
		return baseline.NewSite(name, whole.first)
	}
	sum := sha256.Sum256(fmt.Append(nil, whole.first, whole.last, whole.entries))
	return baseline.NewSeededSite(name, whole.first, [2]uint64{binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])})
}

// close ends learning, and tells which scripts stand out.
func (p *player) close() error {
	p.open = false
	p.memory.Phases.Enforce(baseline.Author{Via: "the end of the log's part for learning"}, p.closes)
	p.learned()
	list, _ := p.memory.Scripts.TellStandouts()
	for _, script := range list {
		if err := p.tell(standoutAlert(script, p.closes)); err != nil {
			return err
		}
	}
	return nil
}

// learned takes down what the site's baseline knows when it has ended learning.
func (p *player) learned() {
	s := &p.summary
	p.review, s.ReviewFurther = reviewList(p.memory.Site)
	s.Closed, s.Review = p.closes, len(p.review)
	s.Coverage, _ = p.memory.Coverage.Value()
	for t := range baseline.Denied + 1 {
		s.Scripts += p.memory.Scripts.Count(t)
	}
}

func (p *player) play(it *item) error {
	if p.open && !it.Time.Before(p.closes) {
		if err := p.close(); err != nil {
			return err
		}
	}
	if p.open {
		p.summary.Learned++
	} else {
		p.summary.Judged++
	}
	p.refusedAt = ""
	p.evaluation.Whole(p.detector, p.memory, &it.Exchange, p.stage)
	err := p.note(it, p.evaluation.Judgement())
	if key, is := p.evaluation.Newcomer(); is {
		p.new.add(key, it.Time, p.memory.Hash.Network(it.Client), it.CarriesPayload())
	}
	p.evaluation.Learn()
	p.memory.Flush() // or the next entry might come before what this one showed
	if err == nil {
		err = p.tellChanges(it.Time, false)
	}
	if it.Time.Sub(p.told) >= time.Minute {
		p.alerts.Summaries(it.Time) // what goes on is no new alert
		p.told = it.Time
	}
	return err
}

// note counts an exchange and tells of it if it is not clean, or would have been
// refused before its answer took that back.
func (p *player) note(it *item, j *detector.Judgement) error {
	var notice alert.Notice
	switch j.Verdict {
	case detector.Clean:
		if p.refusedAt == "" {
			return nil
		}
		j = &p.refusal
	case detector.Suspicious:
		p.summary.Suspicious++
	case detector.Malicious:
		p.summary.Malicious++
	}
	if j != &p.refusal {
		notice = p.alerts.Notify(alert.EventOf(j, it.Client, p.memory.Hash.Network(it.Client)))
	}
	if notice.Notify {
		p.summary.Alerts++
	}
	a := newAlert(it, p.files[it.file], j)
	a.First, a.Burst, a.Scripts = notice.Notify, notice.Burst, notice.Scripts
	a.BlockedAt, a.WouldBlock = p.refusedAt, p.refusedAt != ""
	if a.WouldBlock {
		p.summary.WouldBlock++
	}
	return p.tell(a)
}

func (p *player) result() (*Result, error) {
	if p.open { // everything was learned
		if err := p.close(); err != nil {
			return nil, err
		}
	}
	if err := p.tellChanges(p.summary.To, true); err != nil {
		return nil, err
	}
	list, further := p.new.list(p.memory.Site, max(10, p.summary.Scripts/20))
	p.summary.Review += len(list)
	p.summary.ReviewFurther += further
	return &Result{Summary: p.summary, Site: p.memory.Site, Review: append(p.review, list...)}, nil
}

// tellChanges tells of scripts that came together, once they have settled, or all of them
// at the end.
func (p *player) tellChanges(now time.Time, end bool) error {
	for _, change := range p.memory.Changes.Tell(now, end) {
		if err := p.tell(changeAlert(&change)); err != nil {
			return err
		}
	}
	return nil
}
