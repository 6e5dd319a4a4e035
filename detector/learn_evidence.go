package detector

import (
	"net/url"
	"strings"

	"github.com/webshell-guard/caddy-webshell-guard/baseline"
	"github.com/webshell-guard/caddy-webshell-guard/detector/signal"
)

// What is kept of a flagged request, in bytes.
const (
	maxKeptMethod = 16
	maxKeptPath   = 512
	maxKeptQuery  = 512
	maxKeptName   = 64 // of a parameter
)

// blockedRequest is a judgement by which block mode refuses, as it was then.
type blockedRequest struct {
	script  baseline.Key
	stage   signal.Stage
	verdict Verdict
	score   float64
	signals []int
}

// noteBlocked keeps the first judgement by which block mode refuses. A later one may take
// it back, and containment may refuse first.
func (e *Evaluation) noteBlocked() {
	j := &e.judgement
	if j.Refusal != RefusedMalicious || e.blocked != nil {
		return
	}
	e.blocked = &blockedRequest{script: j.Script, stage: j.Stage, verdict: j.Verdict, score: j.Score, signals: j.evidence()}
}

// WouldBlock reports whether block mode refuses the exchange, at either stage and
// whatever the mode is.
func (e *Evaluation) WouldBlock() bool { return e.blocked != nil }

// evidence lists the IDs of the findings, but for those of an operator's decisions.
func (j *Judgement) evidence() (ids []int) {
	for _, f := range j.Findings() {
		if f.ID != signal.DeniedID && f.ID != signal.ContainedID {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// learnEvidence keeps what was held against the exchange, for whoever looks into it. It
// does so in containment, too. That containment refused a request is no evidence: honest
// visitors do not know.
func (e *Evaluation) learnEvidence() {
	j, x := &e.judgement, e.x
	r := baseline.FlaggedRequest{
		Time: x.Time, Client: x.Client, Method: strings.Clone(x.Method[:min(len(x.Method), maxKeptMethod)]), URI: x.keptURI(), Status: x.Status,
		Script: j.Script, Verdict: j.Verdict, Score: j.Score, Signals: j.evidence(), Contained: j.Refusal.byContainment(),
		Mere: j.mere && e.blocked == nil,
	}
	switch {
	case len(r.Signals) > 0:
	case j.Fired(signal.DeniedID):
		r.Signals, r.Denied = []int{signal.DeniedID}, true
	case e.blocked == nil:
		return
	default:
		b := e.blocked
		r.Script, r.Verdict, r.Score, r.Signals, r.TakenBack = b.script, b.verdict, b.score, b.signals, true
	}
	if e.blocked != nil {
		r.BlockedAt = e.blocked.stage.String()
	}
	s := &e.subject
	if s.endpoint.Root == r.Script.Root && s.endpoint.Path != r.Script.Path && e.m.routeOf(s.endpoint) != nil {
		r.Route = s.endpoint.Path
	}
	r.Exists = s.key == r.Script && s.file.State == FileThere || e.m.Scripts.Lookup(r.Script) != nil
	e.m.Evidence.Add(r)
}

// keptURI is what was asked for, with the names of the query's parameters and without
// their values, which may be a visitor's secrets.
func (x *Exchange) keptURI() string {
	var b strings.Builder
	writeKept(&b, (&url.URL{Path: x.Path, RawPath: x.RawPath}).EscapedPath(), maxKeptPath)
	if x.Query == "" {
		return b.String()
	}
	before, path := "?", b.Len()
	for parameter := range strings.SplitSeq(x.Query, "&") {
		b.WriteString(before)
		if b.Len()-path > maxKeptQuery-maxKeptName {
			b.WriteString("…")
			break
		}
		if name, _, named := strings.Cut(parameter, "="); named {
			writeKept(&b, name, maxKeptName)
			b.WriteString("=")
		}
		b.WriteString("…")
		before = "&"
	}
	return b.String()
}

// writeKept writes a text, or the beginning of a long one.
func writeKept(b *strings.Builder, text string, most int) {
	if len(text) <= most {
		b.WriteString(text)
		return
	}
	b.WriteString(text[:most])
	b.WriteString("…")
}
